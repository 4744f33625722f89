import { expect, test } from 'vitest';
import { PeriodWindows } from '../../../src/telemetry/aggregator/period-windows.ts';

test('the most of a window begins with its first value, however low that is', () => {
  const windows = new PeriodWindows(300_000);
  windows.add(-5, 1000);
  windows.add(-7, 2000);
  expect(windows.current).toEqual({ start: 0, count: 2, total: -12, average: -6, max: -5 });
});

test('a value of the next window closes the one before', () => {
  const windows = new PeriodWindows(300_000);
  windows.add(1, 299_999);
  windows.add(3, 300_000);
  expect(windows.history).toEqual([{ start: 0, count: 1, total: 1, average: 1, max: 1 }]);
  expect(windows.current?.start).toBe(300_000);
});

test('a window is closed on time without another value', () => {
  const windows = new PeriodWindows(300_000);
  windows.add(1, 310_000);
  windows.close(599_999);
  expect(windows.history).toEqual([]);
  windows.close(600_000);
  expect(windows.history).toMatchObject([{ start: 300_000, count: 1 }]);
  expect(windows.current).toBeUndefined();
});

test('a value that comes late for its window counts in the next', () => {
  const windows = new PeriodWindows(300_000);
  windows.add(1, 100);
  windows.close(300_000);
  windows.add(2, 299_000);
  expect(windows.current).toMatchObject({ start: 300_000, count: 1 });
});

test('the last five windows with values are kept', () => {
  const windows = new PeriodWindows(1000);
  for (let at = 0; at < 8000; at += 1000) windows.add(at, at);
  expect(windows.history.map(({ start }) => start)).toEqual([2000, 3000, 4000, 5000, 6000]);
});
