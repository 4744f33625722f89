import { execFile } from 'node:child_process';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { hungFileSystem } from '../../harness/hung-file-system.ts';
import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';

const PROGRAM = path.join(import.meta.dirname, '../../fixtures/programs/with-libc-launcher.ts');

/** Plays a scene of the fixture: the launcher needs a process without Node's own children. */
async function play(scene: string, argument = '', around: readonly string[] = []): Promise<unknown> {
  const said = await new Promise<string>((resolve) => {
    // As the keeper has it: a start that hangs takes a thread.
    const env = { ...process.env, UV_THREADPOOL_SIZE: '24' };
    const [program, ...args] = [...around, process.execPath, PROGRAM, scene, argument];
    execFile(program, args, { timeout: 20_000, env }, (_error, stdout) => {
      resolve(stdout);
    });
  });
  return JSON.parse(said);
}

describe('LibcLauncher', () => {
  test('loses no end of thousands, and no file', async () => {
    expect(await play('many ends')).toEqual({ wrong: [], files: expect.toSatisfy((count: number) => count <= 8) });
  });

  test('sees ends behind one that cannot be collected yet', async () => {
    expect(await play('an end that is not over')).toEqual({ order: 100, exit: { code: 5 }, outputOpen: true });
  });

  test.runIf(requires('fuse'))('starts programs while others hang in a file system that does not answer', async () => {
    await using directory = tempDir();
    using _hung = hungFileSystem(directory.at('hung'));
    expect(await play('programs on a dead disk', directory.at('hung'))).toEqual(['{"code":3}']);
  });

  test.runIf(requires('fuse'))('stops a program within its grace that hangs while it is being confined', async () => {
    await using directory = tempDir();
    using _hung = hungFileSystem(directory.at('hung'));
    expect(await play('a confined program on a dead disk', directory.at('hung'))).toEqual({
      type: 'started',
      exit: { signal: 'SIGTERM' },
      reason: 'killed',
    });
  });

  test('goes on with the process whose pid a helper left, if there is one', async () => {
    await using directory = tempDir();
    expect(await play('a helper that goes', directory.path)).toEqual({
      exit: { code: 9 },
      said: 'late\n',
      other: { code: 0 },
    });
  });

  test.runIf(requires('pid namespaces'))('signals no process that has the number of an earlier one', async () => {
    const few = 'echo 400 > /proc/sys/kernel/pid_max; "$@"; exit 0';
    const around = ['unshare', '--pid', '--fork', '--mount-proc', 'sh', '-c', few, 'sh'];
    expect(await play('numbers that come back', '', around)).toEqual({
      wrong: [],
      cameBack: true,
      steady: { code: 4 },
    });
  });

  test('gives a child nothing but its streams, a session, default signals and the limit of files it was told', async () => {
    const said = String(await play('what a child is born with', '300'));
    const [files, open, score, blocked, ignored, ids = ''] = said.split('\n');
    expect([files, open, score]).toEqual(['300', '0 1 2 3 ', '200']);
    expect([blocked, ignored]).toEqual(['SigBlk:\t0000000000000000', 'SigIgn:\t0000000000000000']);
    expect(new Set(ids.trim().split(/\s+/)).size).toBe(1);
  });
});
