import { expect, test } from 'vitest';

import { judge } from '../../bench/figures/verdict.ts';
import type { Figure, Sample, Target } from '../../bench/row.ts';

const figure = (target?: Target): Figure => ({
  key: 'x',
  name: 'speed',
  unit: 'MB/s',
  ...(target === undefined ? {} : { target }),
});
const samples = (...values: number[]): Sample[] => values.map((x) => ({ x }));

test('judge() compares the median of the pairwise ratios with a target of the ratio', () => {
  const target: Target = { of: 'ratio', atLeast: 0.5 };
  const outcome = judge(figure(target), samples(50, 60, 70), samples(100, 100, 100), 0);
  expect(outcome).toMatchObject({ verdict: 'reached', ratio: { median: 0.6, min: 0.5, max: 0.7 } });
  expect(judge(figure(target), samples(40), samples(100), 0).verdict).toBe('missed');
});

test('judge() compares the median with a target of the value, in both directions', () => {
  expect(judge(figure({ of: 'value', atMost: 20 }), samples(19, 20, 90), [], 0).verdict).toBe('reached');
  expect(judge(figure({ of: 'value', atMost: 20 }), samples(21), [], 0).verdict).toBe('missed');
  expect(judge(figure({ of: 'value', atLeast: 20 }), samples(20), [], 0).verdict).toBe('reached');
});

test('judge() compares the median of the pairwise differences with a target of the difference', () => {
  const target: Target = { of: 'difference', atMost: 10 };
  expect(judge(figure(target), samples(5, 12, 40), samples(2, 2, 3), 0).verdict).toBe('reached');
  expect(judge(figure(target), samples(13), samples(2), 0).verdict).toBe('missed');
  expect(judge(figure(target), samples(13), [], 0).verdict).toBe('no bare figure');
});

test('judge() voids a ratio whose bare figure moved more than one and a half times', () => {
  const outcome = judge(figure({ of: 'ratio', atLeast: 0.1 }), samples(50, 50), samples(100, 151), 0);
  expect(outcome).toMatchObject({ verdict: 'void', because: 'the bare figure moved 1.5 ×' });
  expect(judge(figure({ of: 'ratio', atLeast: 0.1 }), samples(50, 50), samples(100, 150), 0).verdict).toBe('reached');
});

test('judge() voids figures of a machine that others used, and of a quick run', () => {
  const target: Target = { of: 'value', atMost: 20 };
  expect(judge(figure(target), samples(1), [], 0.3)).toMatchObject({
    verdict: 'void',
    because: 'others used 30 % of the machine',
  });
  expect(judge(figure(target), samples(1), [], 'a quick run')).toMatchObject({
    verdict: 'void',
    because: 'a quick run',
  });
});

test('judge() lets a count stand on a machine that others used', () => {
  const count: Figure = { ...figure({ of: 'value', atLeast: 100 }), isCount: true };
  expect(judge(count, samples(100), [], 0.9).verdict).toBe('reached');
});

test('judge() holds a count to its target in every round', () => {
  const count = (target: Target): Figure => ({ ...figure(target), isCount: true });
  expect(judge(count({ of: 'value', atLeast: 100 }), samples(100, 99.9, 100), [], 0).verdict).toBe('missed');
  expect(judge(count({ of: 'value', atMost: 0 }), samples(0, 0, 1), [], 0).verdict).toBe('missed');
});

test('judge() has no verdict without a target, or without the bare figure it needs', () => {
  expect(judge(figure(), samples(1), [], 0.9).verdict).toBe('no target');
  expect(judge(figure({ of: 'ratio', atLeast: 0.5 }), samples(1), [], 0).verdict).toBe('no bare figure');
  expect(judge(figure({ of: 'value', atLeast: 0.5 }), [{}], [], 0).verdict).toBe('not measured');
});
