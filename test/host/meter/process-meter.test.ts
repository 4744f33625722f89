import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, onTestFinished, test } from 'vitest';

import { systemClock } from '../../../src/base/clock.ts';
import { ProcessMeter } from '../../../src/host/meter/process-meter.ts';
import { openFilesOf } from '../../harness/processes.ts';

describe('ProcessMeter', () => {
  test('measures a process with all that descends from it', async () => {
    const child = spawn('/bin/sh', ['-c', '(while :; do :; done) & echo up; sleep 300'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const pid = child.pid ?? 0;
    onTestFinished(async () => {
      process.kill(-pid, 'SIGKILL');
      await once(child, 'close');
    });
    await once(child.stdout, 'data');
    const meter = new ProcessMeter(systemClock);
    expect(await meter.measure(pid)).toMatchObject({ cpu: 0 });
    await sleep(300);
    const measured = await meter.measure(pid);
    expect(measured?.cpu).toBeGreaterThan(5);
    expect(measured?.cpu).toBeLessThan(200);
    expect(measured?.rss).toBeGreaterThan(500_000);
    expect(measured?.vms).toBeGreaterThan(measured?.rss ?? 0);
    expect(measured?.swap).toBeGreaterThanOrEqual(0);
  });

  test('opens one file for a process, however many ask for it at once', async () => {
    const child = spawn('sleep', ['300'], { stdio: 'ignore' });
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    });
    const pid = child.pid ?? 0;
    const meter = new ProcessMeter(systemClock);
    const measured = await Promise.all(Array.from({ length: 8 }, () => meter.measure(pid)));
    expect(measured).not.toContain(undefined);
    const open = [...openFilesOf(process.pid).values()].filter((file) => file === `/proc/${pid}/stat`);
    expect(open.length).toBeLessThanOrEqual(1);
  });

  test('knows nothing of a process that is gone', async () => {
    expect(await new ProcessMeter(systemClock).measure(2 ** 22 + 1)).toBeUndefined();
  });
});
