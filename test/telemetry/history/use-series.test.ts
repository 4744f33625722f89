import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { UseSeries, type UsePoint } from '../../../src/telemetry/history/use-series.ts';

const point = (time: number, cpu = time % 100): UsePoint => ({
  time,
  samples: 1,
  cpu,
  cpuMax: cpu,
  rss: time * 4096,
  rssMax: time * 4096,
  vms: 1,
  swap: 0,
  processes: 1,
});

function filled(count: number): UseSeries {
  const series = new UseSeries();
  for (let time = 1; time <= count; time += 1) series.add(point(time));
  return series;
}

test('the newest 360 samples stay as they are', () => {
  const points = filled(1000).read();
  expect(points.slice(-354).map(({ time }) => time)).toEqual(Array.from({ length: 354 }, (_, at) => 647 + at));
  expect(points.at(-1)).toEqual(point(1000));
});

test('older ones are merged: averages, and the most', () => {
  const [oldest] = filled(361).read();
  expect(oldest).toMatchObject({
    time: 6,
    samples: 6,
    cpu: 3.5,
    cpuMax: 6,
    rss: Math.round(3.5 * 4096),
    rssMax: 6 * 4096,
  });
});

test('every sample stands in exactly one point as long as there is room, in order, and there is a most of points', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), (count) => {
      const series = filled(count);
      const points = series.read();
      expect(points.reduce((sum, { samples }) => sum + samples, 0)).toBe(count);
      expect(points.map(({ time }) => time)).toEqual(points.map(({ time }) => time).toSorted((a, b) => a - b));
      expect(series.length).toBe(points.length);
    }),
    { numRuns: 20 },
  );
  expect(filled(200_000).length).toBeLessThanOrEqual(600);
});

test('what is read can begin after a moment, and be told by fewer points', () => {
  const series = filled(100);
  expect(series.read({ since: 90 }).map(({ time }) => time)).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
  const few = series.read({ most: 3 });
  expect(few.map(({ samples }) => samples)).toEqual([32, 34, 34]);
  expect(few.at(-1)).toMatchObject({ time: 100, cpuMax: 99 });
  expect(few.reduce((sum, { samples }) => sum + samples, 0)).toBe(100);
});

test('when it has to shrink, the oldest go', () => {
  const series = filled(1000);
  series.shrink(10);
  expect(series.read().map(({ time }) => time)).toEqual([991, 992, 993, 994, 995, 996, 997, 998, 999, 1000]);
});
