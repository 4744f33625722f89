import { execFileSync } from 'node:child_process';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { InProcessLauncher } from '../../../src/host/in-process/in-process-launcher.ts';
import type { SpawnSpec } from '../../../src/host/launcher.ts';
import { SegmentArchive } from '../../../src/host/output/segment-archive.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { runKey } from '../../harness/run-key.ts';

function spec(directory: string, script: string): SpawnSpec {
  return {
    program: '/bin/sh',
    args: ['-c', script],
    env: {},
    cwd: '/',
    stdin: { type: 'none' },
    keep: false,
    drainMs: 100,
    output: { directory, start: 0, keepBytes: 1_000_000, memoryBytes: 0 },
  };
}

describe('InProcessLauncher', () => {
  test('is opened once, and starts nothing before that or once closed', async () => {
    await using directory = tempDir();
    const launcher = new InProcessLauncher();
    const parts = spec(directory.path, 'true');
    expect(await launcher.spawn(runKey('a'), parts)).toMatchObject({ failure: 'not-able' });
    await launcher.open(1);
    await expect(launcher.open(2)).rejects.toThrow('Cannot open a launcher twice');
    await launcher.close();
    expect(await launcher.spawn(runKey('b'), parts)).toMatchObject({ failure: 'not-able' });
  });

  test('has another epoch each time, since its runs do not survive', async () => {
    const [one, other] = [new InProcessLauncher(), new InProcessLauncher()];
    expect((await one.open(1)).epoch).not.toBe((await other.open(1)).epoch);
    await Promise.all([one.close(), other.close()]);
  });

  test('loses no files when there are too few to start a program, and starts some again when there are', () => {
    const program = path.join(import.meta.dirname, '../../fixtures/programs/spawn-with-few-files.ts');
    const answer = execFileSync('/bin/sh', ['-c', 'ulimit -n 64; exec "$0" "$1"', process.execPath, program]);
    const told = JSON.parse(answer.toString()) as { openFiles: number[]; failures: string[]; last: string };
    expect(told).toMatchObject({ failures: ['no-resources'], last: 'started' });
    expect(Math.max(...told.openFiles)).toBe(Math.min(...told.openFiles));
  });

  test('leaves the files of a run when it forgets it', async () => {
    await using directory = tempDir();
    const launcher = new InProcessLauncher();
    onTestFinished(() => launcher.close());
    await launcher.open(1);
    const folder = directory.at('job');
    await launcher.spawn(runKey('a'), spec(folder, 'echo hello'));
    for await (const event of launcher.events()) if (event.type === 'exited') break;
    launcher.forget(runKey('a'));
    const archive = await SegmentArchive.open(folder);
    expect([archive.start, archive.end]).toEqual([0, 6]);
  });
});
