import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { ExtensionTable } from '../../src/agent/extension-table.ts';
import { findManifests } from '../../src/agent/manifest-files.ts';
import type { CommandDescription } from '../../src/engine/builtin.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { tempDir } from '../harness/temp-dir.ts';

/** A table over directories of a test, and the names that are registered. */
class Stage {
  readonly #directory = tempDir();
  readonly #taken: Set<string>;
  readonly registered = new Map<string, CommandDescription>();
  readonly table: ExtensionTable;
  manifests: Record<string, unknown> = {};
  plugins: Record<string, unknown> = {};
  directories = ['a', 'b'];
  registrations = 0;

  constructor(...taken: readonly string[]) {
    this.#taken = new Set(taken);
    for (const name of this.directories) mkdirSync(this.at(name));
    this.table = new ExtensionTable({
      find: () =>
        findManifests(
          {
            directories: this.directories.map((name) => this.at(name)),
            shipped: false,
            manifests: this.manifests,
            plugins: this.plugins,
            directory: this.at(),
          },
          this.at('data'),
        ),
      commands: { registerDerived: (description) => this.#register(description) },
      environment: { PATH: process.env['PATH'] },
      logger: silentLogger,
    });
    onTestFinished(() => this.#directory[Symbol.asyncDispose]());
  }

  at(...names: string[]): string {
    return this.#directory.at(...names);
  }

  write(file: string, text: string, mode = 0o600): void {
    mkdirSync(path.dirname(this.at(file)), { recursive: true });
    writeFileSync(this.at(file), text, { mode });
    chmodSync(this.at(file), mode);
  }

  get names(): string[] {
    return [...this.registered.keys()].sort();
  }

  reasonOf(name: string): string | undefined {
    return this.table.list().find((info) => info.name === name && info.state === 'failed')?.reason;
  }

  #register(description: CommandDescription): Disposable {
    const { name } = description;
    if (this.#taken.has(name) || this.registered.has(name))
      throw new TypeError(`Cannot register "${name}": it is taken`);
    this.registered.set(name, description);
    this.registrations += 1;
    return { [Symbol.dispose]: () => this.registered.delete(name) };
  }
}

const GOOD = 'binary = "true"\n';

describe('the extensions of an agent', () => {
  test('are from the configuration, its directories and the data directory; the first of a name counts', async () => {
    const stage = new Stage();
    stage.manifests = { one: { binary: 'true', summary: 'From the file.' } };
    stage.write('a/one.toml', GOOD);
    stage.write('a/two.toml', GOOD);
    stage.write('b/two.toml', GOOD);
    stage.write('b/git.tag.toml', GOOD);
    stage.write('data/extensions/three.toml', GOOD);
    stage.write('a/readme.md', 'no manifest');
    stage.write('a/.hidden.toml', GOOD);
    expect(await stage.table.reload()).toEqual({
      added: ['one', 'two', 'git.tag', 'three'],
      changed: [],
      removed: [],
      failed: ['one', 'two'],
    });
    expect(stage.names).toEqual(['git.tag', 'one', 'three', 'two']);
    expect(stage.registered.get('one')?.summary).toBe('From the file.');
    expect(stage.reasonOf('one')).toContain('the name is taken by [extension.one]');
    expect(stage.reasonOf('two')).toContain(`the name is taken by ${stage.at('a/two.toml')}`);
  });

  test('that can not be used are told and hurt no other', async () => {
    const stage = new Stage('core.ping');
    stage.directories.push('nowhere');
    stage.write('a/syntax.toml', 'binary = \n');
    stage.write('a/wrong.toml', 'binary = "sh"\nargs = ["-c", "{x}"]\n[parameters.x]\n');
    stage.write('a/open.toml', GOOD, 0o666);
    stage.write('a/large.toml', `${GOOD}#${'x'.repeat(300_000)}`);
    stage.write('a/core.ping.toml', GOOD);
    stage.write('a/good.toml', GOOD);
    mkdirSync(stage.at('a/folder.toml'));
    const { added, failed } = await stage.table.reload();
    expect(added).toEqual(['good']);
    expect(failed).toHaveLength(7);
    expect(stage.names).toEqual(['good']);
    expect(stage.reasonOf('syntax')).toBe('Cannot use the extension "syntax": line 1, column 10: invalid value');
    expect(stage.reasonOf('wrong')).toContain('would be read as code by "sh"');
    expect(stage.reasonOf('open')).toContain('everybody may write it');
    expect(stage.reasonOf('large')).toContain('more than 262144 bytes');
    expect(stage.reasonOf('folder')).toContain('it is no file');
    expect(stage.reasonOf('core.ping')).toContain('it is taken');
    expect(stage.reasonOf(stage.at('nowhere'))).toMatch(/^Cannot read the directory ".*nowhere": ENOENT/);
  });

  test('are exchanged when they change, and only then', async () => {
    const stage = new Stage();
    for (const name of ['stays', 'changes', 'goes']) stage.write(`a/${name}.toml`, GOOD);
    await stage.table.reload();
    expect(await stage.table.reload()).toEqual({ added: [], changed: [], removed: [], failed: [] });
    expect(stage.registrations).toBe(3);
    stage.write('a/changes.toml', `${GOOD}summary = "New."\n`);
    stage.write('a/comes.toml', GOOD);
    rmSync(stage.at('a/goes.toml'));
    expect(await stage.table.reload()).toEqual({
      added: ['comes'],
      changed: ['changes'],
      removed: ['goes'],
      failed: [],
    });
    expect(stage.registrations).toBe(5);
    expect(stage.names).toEqual(['changes', 'comes', 'stays']);
    expect(stage.registered.get('changes')?.summary).toBe('New.');
  });

  test('answer as before when their new version can not be used', async () => {
    const stage = new Stage();
    stage.write('a/tool.toml', `${GOOD}summary = "Old."\n`);
    await stage.table.reload();
    stage.write('a/tool.toml', 'binry = "true"\n');
    expect(await stage.table.reload()).toMatchObject({ changed: [], failed: ['tool'] });
    expect(stage.registered.get('tool')?.summary).toBe('Old.');
    expect(stage.table.list()).toMatchObject([
      { state: 'failed', commands: ['tool'], reason: expect.stringContaining('did you mean "binary"?') as string },
    ]);
    stage.write('a/tool.toml', `${GOOD}summary = "Mended."\n`);
    expect(await stage.table.reload()).toMatchObject({ changed: ['tool'], failed: [] });
    expect(stage.registered.get('tool')?.summary).toBe('Mended.');
  });

  test('may have the name of one that is gone', async () => {
    const stage = new Stage();
    stage.write('a/tool.toml', GOOD);
    await stage.table.reload();
    rmSync(stage.at('a/tool.toml'));
    stage.write('b/tool.toml', `${GOOD}summary = "Another."\n`);
    expect(await stage.table.reload()).toMatchObject({ changed: ['tool'], removed: [] });
    expect(stage.registered.get('tool')?.summary).toBe('Another.');
  });

  test('are read again one after the other', async () => {
    const stage = new Stage();
    stage.write('a/tool.toml', GOOD);
    const [first, second] = await Promise.all([stage.table.reload(), stage.table.reload()]);
    expect([first.added, second.added]).toEqual([['tool'], []]);
  });

  test('are taken back at the end', async () => {
    const stage = new Stage();
    stage.write('a/tool.toml', GOOD);
    await stage.table.reload();
    stage.table[Symbol.dispose]();
    expect(stage.names).toEqual([]);
  });

  test('tell what they would run', async () => {
    const stage = new Stage();
    stage.manifests = { hello: { binary: 'echo', args: ['{a}'], parameters: { a: { type: 'integer' } } } };
    await stage.table.reload();
    expect(stage.table.resolve('hello', { a: 1e6 })).toMatchObject({
      command: 'core.system',
      arguments: { name: 'echo', args: ['1000000'] },
    });
    expect(() => stage.table.resolve('helo', {})).toThrow('did you mean "hello"?');
    expect(() => stage.table.resolve('hello', { a: 'x' })).toThrow('Cannot run "hello": "a"');
  });
});

describe('a plugin', () => {
  const PROGRAM = `#!/bin/sh\n[ "$1" = --exports ] && echo asked >> "$LOG" && echo '["up", {"name": "down", "summary": "Down."}]'\n`;

  test('that lists no exports is asked for them, once as long as it is the same', async () => {
    const stage = new Stage();
    stage.write('tool', PROGRAM, 0o700);
    stage.plugins = { net: { path: './tool', env: { LOG: stage.at('log') } } };
    expect(await stage.table.reload()).toMatchObject({ added: ['net'], failed: [] });
    expect(stage.names).toEqual(['net.down', 'net.up']);
    expect(stage.registered.get('net.down')?.summary).toBe('Down.');
    expect(await stage.table.reload()).toMatchObject({ changed: [] });
    stage.write('tool', PROGRAM.replace('"up"', '"over"'), 0o700);
    expect(await stage.table.reload()).toMatchObject({ changed: ['net'] });
    expect(stage.names).toEqual(['net.down', 'net.over']);
  });

  test('that lists them is not', async () => {
    const stage = new Stage();
    stage.plugins = { net: { path: './nonexistent', exports: ['up'] } };
    await stage.table.reload();
    expect(stage.names).toEqual(['net.up']);
  });

  test.each([
    ['echo nonsense', {}, 'is no JSON'],
    ['exit 3', {}, 'asked by "--exports" what it exports, it exited with 3; or list "exports"'],
    ['echo "[]"', { user: 'nobody' }, 'not run without its limits'],
    ['echo "[]"', { env: { T: 'secret:a' } }, 'not given secrets'],
  ])('that says %s with %j is told as failed', async (script, more, reason) => {
    const stage = new Stage();
    stage.write('tool', `#!/bin/sh\n${script}\n`, 0o700);
    stage.plugins = { net: { path: './tool', ...more } };
    expect(await stage.table.reload()).toMatchObject({ added: [], failed: ['net'] });
    expect(stage.reasonOf('net')).toContain(reason);
    expect(stage.names).toEqual([]);
  });

  test('registers all of its commands or none', async () => {
    const stage = new Stage('net.down');
    stage.plugins = { net: { path: './tool', exports: ['up', 'down'] } };
    expect(await stage.table.reload()).toMatchObject({ failed: ['net'] });
    expect(stage.names).toEqual([]);
  });
});
