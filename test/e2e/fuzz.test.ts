import { expect, test } from 'vitest';
import { describeReport } from '../../bench/fuzz/report.ts';
import { runFuzz } from '../../bench/fuzz/run-fuzz.ts';

test('random frames and bytes from many connections do an agent no harm', { timeout: 120_000 }, async () => {
  const seed = 1;
  const report = await runFuzz({ seed, ms: 5000, lanes: 4 });
  expect(report.findings, describeReport(report, seed)).toEqual([]);
  expect(report.end).toEqual({ code: 0, signal: null });
  expect(report.sent).toBeGreaterThan(100);
});
