import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, onTestFinished, test } from 'vitest';

import { type ProcessFigures, readFigures } from '../../../src/host/meter/process-figures.ts';
import { ProcessorShares } from '../../../src/host/meter/processor-shares.ts';
import { until } from '../../harness/until.ts';

const FIGURES = { parent: 1, session: 1, vms: 2, rss: 4096, endedMs: 0 };

test('what a busy process uses is near a whole core', async () => {
  const child = spawn('/bin/sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const pid = child.pid ?? 0;
  const shares = new ProcessorShares();
  const look = async () => await shares.measure([...(await readFigures([pid])).values()], performance.now());
  expect((await look()).get(pid)?.cpu).toBe(0);
  await until('it has used some time', async () => ((await look()).get(pid)?.cpu ?? 0) > 5, { everyMs: 250 });
});

test('of a process that is gone it is worked out from what was read before', async () => {
  const shares = new ProcessorShares();
  const gone: ProcessFigures = { ...FIGURES, pid: 2 ** 22 + 1, startTime: 1, cpuMs: 100 };
  expect((await shares.measure([gone], 1000)).get(gone.pid)).toEqual({ cpu: 0, rss: 4096, sinceMs: 0 });
  expect((await shares.measure([{ ...gone, cpuMs: 600 }], 2000)).get(gone.pid)).toEqual({
    cpu: 50,
    rss: 4096,
    sinceMs: 500,
  });
});

test('a number that another process got begins anew', async () => {
  const shares = new ProcessorShares();
  const gone: ProcessFigures = { ...FIGURES, pid: 2 ** 22 + 2, startTime: 1, cpuMs: 100 };
  await shares.measure([gone], 1000);
  const other = { ...gone, startTime: 2, cpuMs: 900 };
  expect((await shares.measure([other], 2000)).get(gone.pid)?.cpu).toBe(0);
  expect((await shares.measure([{ ...other, cpuMs: 1000 }], 3000)).get(gone.pid)?.cpu).toBe(10);
});
