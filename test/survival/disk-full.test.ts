import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { requires } from '../harness/requires.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { isAlive } from '../harness/processes.ts';
import { until } from '../harness/until.ts';
import { readOutput } from './read-output.ts';
import { SurvivalStage } from './survival-stage.ts';

const MIB = 1024 * 1024;

/** A file system of so many MiB, mounted until it is disposed of. */
function smallDisk(directory: string, mib: number): Disposable {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m,mode=700`, 'tmpfs', directory], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`Cannot mount: ${stderr}`);
  return { [Symbol.dispose]: () => void spawnSync('umount', ['-l', directory]) };
}

test.runIf(requires('mounts'))(
  'a job whose output fills the disk goes on: what is missing is a gap, and its end is true',
  async () => {
    await using place = tempDir();
    const dataDir = place.at('data');
    mkdirSync(dataDir, { mode: 0o700 });
    using _disk = smallDisk(path.join(dataDir, 'output'), 6);
    await using stage = await SurvivalStage.begin({ dataDir });
    await stage.submit({
      command: 'core.system',
      id: 'loud',
      arguments: { name: 'sh', args: ['-c', `head -c ${20 * MIB} /dev/zero; echo last words; exit 6`] },
    });
    expect(await stage.result('loud')).toMatchObject({
      reason: 'exited',
      code: 1006,
      output: { bytes: 20 * MIB + 11 },
    });
    const { bytes, missing } = await readOutput(stage.client, 'loud');
    expect(bytes + missing).toBe(20 * MIB + 11);
    expect(missing).toBeGreaterThan(0);
  },
);

test.runIf(requires('mounts'))(
  'a job that ends while the data directory is full has its result as soon as there is room',
  async () => {
    await using place = tempDir();
    const dataDir = place.at('data');
    using _disk = smallDisk(dataDir, 24);
    await using stage = await SurvivalStage.begin({ dataDir });
    const pid = await stage.startJob('live', `until [ -e ${stage.at('go')} ]; do sleep 0.02; done; exit 3`);
    const filler = path.join(dataDir, 'filler');
    for (const size of [MIB, 4096]) {
      try {
        for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
      } catch {
        // It is full.
      }
    }
    await stage.touch('go');
    await until('it has ended', () => !isAlive(pid));
    await stage.killAgent();
    rmSync(filler);
    await stage.start();
    expect(await stage.result('live')).toMatchObject({ code: 1003, runs: 1 });
  },
);
