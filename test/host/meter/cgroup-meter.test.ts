import { describe, expect, test } from 'vitest';

import { CgroupMeter } from '../../../src/host/meter/cgroup-meter.ts';
import { readFigures } from '../../../src/host/meter/process-figures.ts';
import { requires } from '../../harness/requires.ts';
import { until } from '../../harness/until.ts';
import { ownCgroups } from '../confine/own-cgroups.ts';

test('a process in a control group of nobody of ours has no figures', async () => {
  const own = await readFigures([process.pid]);
  expect((await new CgroupMeter().measure([...own.values()])).size).toBe(0);
});

describe.runIf(requires('root', 'cgroups'))('CgroupMeter', () => {
  test('tells what the kernel counts for all in the control group of a run, whatever fled from its family', async () => {
    await using own = await ownCgroups();
    const group = await own.create({ pids: 60 });
    const { child } = await own.start(group, '(setsid sleep 60 &); while :; do :; done');
    const pid = child.pid ?? 0;
    const meter = new CgroupMeter();
    // Not every kernel counts all three.
    const use = await until('it has used some time, and what fled is there', async () => {
      const found = (await meter.measure([...(await readFigures([pid])).values()])).get(pid);
      const { time = 2, processes = 2 } = found ?? {};
      return time > 1 && processes >= 2 && found;
    });
    expect(use.time ?? use.processes ?? use.memory).toBeDefined();
    if (use.memory !== undefined) expect(use.memory).toBeGreaterThan(0);
  });
});
