import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';

import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { RecentPrograms } from '../../src/host/recent-programs.ts';
import { resolveProgram } from '../../src/host/resolve-program.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { requires } from '../harness/requires.ts';
import { type TempDir, tempDir } from '../harness/temp-dir.ts';

function program(directory: TempDir, name: string, text = '#!/bin/sh\n', mode = 0o755): string {
  const file = directory.at(...name.split('/'));
  mkdirSync(directory.at(...name.split('/').slice(0, -1)), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

function request(name: string, cwd: string, searchPath: string): Parameters<typeof resolveProgram>[0] {
  return { name, args: [], env: { PATH: searchPath }, cwd };
}

describe('resolveProgram() finds', () => {
  test("a name in the command's own PATH, the first that can be executed", async () => {
    await using directory = tempDir();
    mkdirSync(directory.at('one', 'tool'), { recursive: true });
    program(directory, 'two/tool', '', 0o644);
    const tool = program(directory, 'three/tool');
    program(directory, 'four/tool');
    const searchPath = ['one', 'two', 'missing', 'three', 'four'].map((name) => directory.at(name)).join(':');
    expect(await resolveProgram(request('tool', '/', searchPath))).toEqual({ type: 'resolved', program: tool });
  });

  test('a name with a slash from the working directory', async () => {
    await using directory = tempDir();
    const tool = program(directory, 'bin/tool');
    for (const name of ['bin/tool', './bin/tool', `../${path.basename(directory.path)}/bin/tool`, tool]) {
      expect(await resolveProgram(request(name, directory.path, ''))).toEqual({ type: 'resolved', program: tool });
    }
  });

  test('a name through empty and relative entries of PATH, which mean the working directory', async () => {
    await using directory = tempDir();
    const here = program(directory, 'tool');
    const below = program(directory, 'bin/other');
    expect(await resolveProgram(request('tool', directory.path, '/bin:'))).toMatchObject({ program: here });
    expect(await resolveProgram(request('other', directory.path, 'bin'))).toMatchObject({ program: below });
  });

  test('a program behind a link, and one that may be executed but not read', async () => {
    await using directory = tempDir();
    const secret = program(directory, 'secret', '\x7fELF', 0o111);
    symlinkSync(secret, directory.at('link'));
    expect(await resolveProgram(request('./link', directory.path, ''))).toMatchObject({
      program: directory.at('link'),
    });
  });
});

describe('resolveProgram() fails with', () => {
  test.each(['missing', './missing', '', '/bin/sh/x'])('no-such-program for "%s"', async (name) => {
    await using directory = tempDir();
    const answer = await resolveProgram(request(name, directory.path, '/bin'));
    expect(answer).toMatchObject({ failure: 'no-such-program' });
    expect(answer.type === 'failed' && answer.message).toContain(`Cannot find program "${name}": `);
  });

  test('not-executable when all that was found may not be executed, and says which', async () => {
    await using directory = tempDir();
    const file = program(directory, 'bin/tool', '', 0o644);
    expect(await resolveProgram(request('tool', '/', directory.at('bin')))).toEqual({
      type: 'failed',
      failure: 'not-executable',
      message: `Cannot start "${file}": permission denied`,
    });
    expect(await resolveProgram(request('./', directory.path, ''))).toMatchObject({
      message: `Cannot start "${directory.path}": it is a directory`,
    });
    expect(await resolveProgram(request('/dev/null', '/', ''))).toMatchObject({ failure: 'not-executable' });
  });

  test.each(['#!/no/such/thing\n', '#! /no/such/thing -x\n', '#!/bin/sh\r\n', '#!/no/such/thing'])(
    'bad-interpreter for a script that begins with %j',
    async (text) => {
      await using directory = tempDir();
      program(directory, 'script', text);
      const answer = await resolveProgram(request('./script', directory.path, ''));
      expect(answer).toMatchObject({ failure: 'bad-interpreter' });
      expect(answer.type === 'failed' && answer.message).toContain('which does not exist');
    },
  );

  test('bad-interpreter for a script whose interpreter may not be executed', async () => {
    await using directory = tempDir();
    program(directory, 'script', '#!/etc/passwd\n');
    expect(await resolveProgram(request('./script', directory.path, ''))).toMatchObject({
      failure: 'bad-interpreter',
    });
  });

  test('bad-directory, and what is wrong with it', async () => {
    await using directory = tempDir();
    writeFileSync(directory.at('file'), '');
    symlinkSync(directory.at('loop'), directory.at('loop'));
    const why = async (cwd: string): Promise<string> => {
      const answer = await resolveProgram(request('sh', cwd, '/bin'));
      expect(answer).toMatchObject({ failure: 'bad-directory' });
      return answer.type === 'failed' ? answer.message.slice(answer.message.lastIndexOf(': ') + 2) : '';
    };
    expect(await why(directory.at('missing'))).toBe('it does not exist');
    expect(await why(directory.at('file'))).toBe('it is not a directory');
    expect(await why(directory.at('file', 'below'))).toBe('a part of it is not a directory');
    expect(await why('relative')).toBe('it is not an absolute path');
    expect(await why(directory.at('loop'))).toBe('ELOOP');
    expect(await why(`/${'x'.repeat(300)}`)).toBe('ENAMETOOLONG');
  });

  test('bad-arguments before anything is looked for', async () => {
    const answer = await resolveProgram({ ...request('nowhere', '/', ''), args: ['\0'] });
    expect(answer).toMatchObject({ failure: 'bad-arguments' });
  });

  test.runIf(!requires('root'))('bad-directory for one that may not be entered', async () => {
    await using directory = tempDir();
    mkdirSync(directory.at('closed'), { mode: 0o000 });
    expect(await resolveProgram(request('sh', directory.at('closed'), '/bin'))).toMatchObject({
      message: expect.stringContaining('permission denied') as string,
    });
  });
});

describe('resolveProgram() with recent programs', () => {
  test('looks once for many, but not for another path or directory, and again after a second', async () => {
    await using directory = tempDir();
    const clock = new FakeClock();
    const recent = new RecentPrograms(clock);
    const tool = program(directory, 'bin/tool');
    const asked = request('tool', '/', directory.at('bin'));
    expect(await resolveProgram(asked, recent)).toMatchObject({ program: tool });
    chmodSync(tool, 0o644);
    expect(await resolveProgram(asked, recent)).toMatchObject({ program: tool });
    expect(await resolveProgram({ ...asked, cwd: '/tmp' }, recent)).toMatchObject({ failure: 'not-executable' });
    expect(await resolveProgram({ ...asked, cwd: '/missing' }, recent)).toMatchObject({ failure: 'bad-directory' });
    await clock.advance(1_001);
    expect(await resolveProgram(asked, recent)).toMatchObject({ failure: 'not-executable' });
  });

  test('looks at the directory as often as at the program', async () => {
    await using directory = tempDir();
    const clock = new FakeClock();
    const recent = new RecentPrograms(clock);
    const below = directory.at('below');
    mkdirSync(below);
    expect(await resolveProgram(request('sh', below, '/bin'), recent)).toMatchObject({ type: 'resolved' });
    rmSync(below, { recursive: true });
    expect(await resolveProgram(request('sh', below, '/bin'), recent)).toMatchObject({ type: 'resolved' });
    await clock.advance(1_001);
    expect(await resolveProgram(request('sh', below, '/bin'), recent)).toMatchObject({ failure: 'bad-directory' });
  });
});
