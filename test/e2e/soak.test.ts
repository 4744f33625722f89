import { expect, test } from 'vitest';
import { describeSoak } from '../../bench/soak/report.ts';
import { runSoak } from '../../bench/soak/run-soak.ts';

test('whatever is killed at random, every job ends in one true result and nothing is left', async () => {
  const report = await runSoak({
    seed: 3,
    ms: 10_000,
    lanes: 16,
    pace: { strong: [200, 1500], light: [50, 500] },
  });
  expect(report.findings, describeSoak(report)).toEqual([]);
  expect(report.figures.sum('reasons')).toBeGreaterThan(30);
  expect(report.starts).toBeGreaterThan(1);
}, 180_000);
