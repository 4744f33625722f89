import { expect, test } from 'vitest';

import { median, pairwiseDifferences, pairwiseRatios, percentile, spreadOf } from '../../bench/figures/statistics.ts';

test('median() is the middle one, or the mean of the middle two', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('percentile() is the smallest value that enough others do not exceed', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect(percentile(hundred, 0.5)).toBe(50);
  expect(percentile(hundred, 0.99)).toBe(99);
  expect(percentile(hundred, 1)).toBe(100);
  expect(percentile([7], 0.01)).toBe(7);
});

test('spreadOf() tells the bounds, too', () => {
  expect(spreadOf([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
});

test('pairwiseRatios() divides each round by its own bare figure', () => {
  expect(pairwiseRatios([10, 30], [20, 20])).toEqual([0.5, 1.5]);
});

test('pairwiseDifferences() subtracts from each round its own bare figure', () => {
  expect(pairwiseDifferences([10, 30], [4, 5])).toEqual([6, 25]);
});
