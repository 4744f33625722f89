import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { generateFiles } from '../../scripts/docs/all-files.ts';
import { staleFiles, writeFiles } from '../../scripts/docs/write-files.ts';
import { SECTIONS } from '../../src/agent/config-schema.ts';
import { builtins } from '../../builtins/index.ts';
import { ERROR_CODES } from '../../src/protocol/error-codes.ts';
import { SERVER_FRAMES } from '../../src/protocol/frames.ts';
import { WireCommand } from '../../src/protocol/command.ts';
import { successOf } from '../fakes/results.ts';
import { tempDir } from '../harness/temp-dir.ts';

const root = path.join(import.meta.dirname, '../..');
const files = await generateFiles();

const fileOf = (name: string): string => files.get(name) ?? '';

describe('generateFiles()', () => {
  test('gives the same bytes each time', async () => {
    expect(await generateFiles()).toEqual(files);
  });

  test('tells nothing of the machine it runs on', () => {
    for (const [name, content] of files) {
      expect(content.includes(root), name).toBe(false);
      expect(content.endsWith('\n') && !content.endsWith('\n\n'), name).toBe(true);
    }
  });

  test('tells of every row of every table', () => {
    const protocol = fileOf('protocol.md');
    for (const type of Object.keys(SERVER_FRAMES)) expect(protocol).toContain(`### \`${type}\``);
    for (const field of Object.keys(WireCommand.shape))
      expect(protocol).toMatch(new RegExp(`\\| \`${field}\\??\` \\|`));
    for (const code of Object.keys(ERROR_CODES)) expect(fileOf('errors.md')).toContain(`\`${code}\``);
    for (const { name } of builtins) expect(fileOf('builtins.md')).toContain(`## ${name}\n`);
    for (const [section, { shape }] of Object.entries(SECTIONS)) {
      expect(fileOf('configuration.md')).toContain(`## [${section}]`);
      for (const key of Object.keys(shape)) expect(fileOf('configuration.md')).toContain(`| \`${key}\` |`);
    }
  });

  test('has tables whose rows are as wide as their heads', () => {
    for (const [name, content] of files) {
      if (!name.endsWith('.md')) continue;
      for (const block of content.split('\n\n').filter((part) => part.startsWith('| '))) {
        const widths = block
          .trimEnd()
          .split('\n')
          .map((line) => line.replaceAll('\\|', '').split('|').length);
        expect(new Set(widths).size, `${name}: ${block.slice(0, 80)}`).toBe(1);
      }
    }
  });

  test('has links that lead somewhere', () => {
    for (const [name, content] of files) {
      for (const [, target = ''] of content.matchAll(/\]\(([^)]+)\)/g)) {
        const [file = '', anchor] = target.split('#');
        expect(file === '' || files.has(file), `${name}: ${target}`).toBe(true);
        if (anchor !== undefined) expect(anchorsOf(files.get(file === '' ? name : file) ?? ''), name).toContain(anchor);
      }
    }
  });
});

describe('the JSON Schemas', () => {
  const schemaOf = (name: string) => z.fromJSONSchema(JSON.parse(fileOf(name)) as z.core.JSONSchema.JSONSchema);

  test('take and refuse commands as the agent does', () => {
    const schema = schemaOf('command.schema.json');
    const commands: unknown[] = [
      { command: 'core.ping' },
      { command: 'core.system', id: 'a', arguments: { name: 'ls' }, max_time: 1.5, tags: ['x'], ref: 1, queue: null },
      {},
      { command: '' },
      { command: 'x', max_tim: 1 },
      { command: 'x', max_time: -1 },
      { command: 'x', priority: 1.5 },
      { command: 'x', id: 'a'.repeat(129) },
    ];
    for (const command of commands) {
      expect(schema.safeParse(command).success, JSON.stringify(command)).toBe(WireCommand.safeParse(command).success);
    }
  });

  test('take every frame, and a result', () => {
    const frames = schemaOf('frames.schema.json');
    const examples = [
      {
        type: 'hello',
        protocol: 1,
        version: '1',
        agent: 'a',
        heartbeat_ms: 1,
        limits: { frame: 1, unanswered: 1, stdin_credit: 1 },
      },
      { type: 'accepted', id: 'a', ref: 'r', attached: false },
      { type: 'messages', id: 'a', run: 1, messages: [{ seq: 0, level: 1, text: '', epoch: 0 }] },
      { type: 'gap', id: 'a', from: 0, to: 5 },
      {
        type: 'log',
        handle: 1,
        dropped: 2,
        records: [{ source: 'agent', epoch: 0, level: 'info', text: '', facts: {} }],
      },
      { type: 'stats', id: 'a', cpu: 0.5, rss: 1, vms: 1, swap: 0, time: 1 },
      { type: 'event', id: 'a', event: 'started', run: 1, position: 0 },
      {
        type: 'event',
        id: 'a',
        event: 'exited',
        run: 1,
        reason: 'exited',
        state: 'ERROR',
        code: 1001,
        exit: { code: 1 },
        time: 1,
        position: 2,
      },
      { type: 'resources', handle: 1, events: [{ event: 'noop', bookmark: 'AA' }] },
      { type: 'end', id: 'a', handle: 1, position: 5 },
      { type: 'result', ...successOf('a', 'core.ping') },
      { type: 'error', code: 'bad-frame', message: 'x' },
    ];
    expect(new Set(examples.map(({ type }) => type))).toEqual(new Set(Object.keys(SERVER_FRAMES)));
    for (const frame of examples) expect(frames.safeParse(frame).success, JSON.stringify(frame)).toBe(true);
    for (const frame of [
      { type: 'other' },
      { type: 'event', id: 'a', event: 'exited' },
      { type: 'accepted', id: 'a' },
    ]) {
      expect(frames.safeParse(frame).success, JSON.stringify(frame)).toBe(false);
    }
    expect(schemaOf('result.schema.json').safeParse(successOf('a', 'core.ping')).success).toBe(true);
  });
});

describe('writeFiles()', () => {
  test('writes what is missing or differs, and takes away what should not be there', async () => {
    await using directory = tempDir();
    const target = directory.at('generated');
    const some = new Map([
      ['a.md', 'a'],
      ['b.md', 'b'],
    ]);
    expect(staleFiles(target, some)).toEqual(['a.md', 'b.md']);
    expect(writeFiles(target, some)).toEqual(['a.md', 'b.md']);
    expect(staleFiles(target, some)).toEqual([]);
    writeFileSync(path.join(target, 'a.md'), 'changed');
    writeFileSync(path.join(target, 'old.md'), '');
    expect(staleFiles(target, some)).toEqual(['a.md', 'old.md']);
    expect(writeFiles(target, some)).toEqual(['a.md', 'old.md']);
    expect(readdirSync(target)).toEqual(['a.md', 'b.md']);
    expect(readFileSync(path.join(target, 'a.md'), 'utf8')).toBe('a');
  });
});

describe('generate-docs', () => {
  test('--check finds nothing stale', async () => {
    expect(await run('--check')).toEqual({ code: 0, said: '' });
  });

  test('--check names what is stale and fails', async () => {
    await using directory = tempDir();
    mkdirSync(directory.at('d'));
    writeFiles(directory.at('d'), files);
    writeFileSync(directory.at('d', 'errors.md'), 'old');
    writeFileSync(directory.at('d', 'gone.md'), 'old');
    const { code, said } = await run('--check', directory.at('d'));
    expect(code).toBe(1);
    expect(said.split('\n')).toEqual([
      `${directory.at('d', 'errors.md')} is stale: run "npm run docs"`,
      `${directory.at('d', 'gone.md')} is stale: run "npm run docs"`,
      '',
    ]);
    expect(readFileSync(directory.at('d', 'errors.md'), 'utf8')).toBe('old');
  });
});

async function run(...args: string[]): Promise<{ code: number; said: string }> {
  const script = path.join(root, 'scripts/generate-docs.ts');
  return new Promise((resolve) => {
    execFile(process.execPath, ['-C', 'corex-source', script, ...args], { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr });
    });
  });
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(content: string): string[] {
  return [...content.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
