import { expect, test } from 'vitest';
import { Series } from '../../../src/telemetry/aggregator/series.ts';

const name = (operation: 'A' | 'D') => ({ key: 'k', id: 'job', operation, tags: {} });
const current = (series: Series) => series.periods[0]?.current;

test('values of operation A are averaged, the first one too, and all of one moment', () => {
  const series = new Series(name('A'), 1, 1000);
  series.add(2, 1000);
  series.add(6, 2000);
  expect(current(series)).toMatchObject({ count: 3, average: 3, max: 6 });
  expect(series.last).toEqual({ value: 6, at: 2000 });
});

test('of values of operation D the difference per second counts, and the first one is only compared with', () => {
  const series = new Series(name('D'), 100, 10_000);
  expect(current(series)).toBeUndefined();
  series.add(101, 20_000);
  series.add(103, 30_000);
  expect(current(series)).toMatchObject({ count: 2, max: 0.2 });
  expect(current(series)?.total).toBeCloseTo(0.3);
});

test('of two values of one moment the second is in the difference of the next', () => {
  const series = new Series(name('D'), 0, 1000);
  series.add(5, 1000);
  series.add(10, 2000);
  expect(current(series)).toMatchObject({ count: 1, total: 10 });
});

test('when the clock was set back, differences begin anew', () => {
  const series = new Series(name('D'), 0, 10_000);
  series.add(50, 5000);
  expect(current(series)).toBeUndefined();
  series.add(60, 6000);
  expect(current(series)).toMatchObject({ total: 10 });
});
