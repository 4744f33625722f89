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
    const use = await until('it has used some time', async () => {
      const found = (await meter.measure([...(await readFigures([pid])).values()])).get(pid);
      return (found?.time ?? found?.processes ?? 0) > 1 ? found : undefined;
    });
    if (use.processes !== undefined) expect(use.processes).toBeGreaterThanOrEqual(2);
    if (use.memory !== undefined) expect(use.memory).toBeGreaterThan(0);
  });
});
