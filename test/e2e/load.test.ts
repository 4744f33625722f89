import { expect, test } from 'vitest';
import { describeFinding } from '../../bench/fuzz/findings.ts';
import { runLoad } from '../../bench/load/run-load.ts';

test('every command of many over breaking connections gets one true result, and nothing is left', async () => {
  const results: number[] = [];
  const findings = await runLoad({
    seed: 1,
    commands: 300,
    connections: 20,
    inFlight: 4,
    rounds: 2,
    onRound: (report) => results.push(report.results),
  });
  expect(findings.map(describeFinding)).toEqual([]);
  expect(results).toEqual([300, 300]);
}, 120_000);
