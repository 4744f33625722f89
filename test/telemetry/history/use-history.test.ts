import { expect, test } from 'vitest';
import { UseHistory, type UseSample } from '../../../src/telemetry/history/use-history.ts';
import { POINT_BYTES } from '../../../src/telemetry/history/use-series.ts';

const sample = (time: number, parts: Partial<UseSample> = {}): UseSample => ({
  time,
  cpu: 1,
  rss: 100,
  vms: 200,
  swap: 0,
  processes: 1,
  ...parts,
});

test('it tells the newest sample, and average and most of all there were', () => {
  const history = new UseHistory();
  history.add('a', 'core.system', sample(1, { cpu: 10, rss: 100 }));
  history.add('a', 'core.system', sample(2, { cpu: 30, rss: 50 }));
  const use = history.get('a');
  expect(use?.last).toMatchObject({ time: 2, cpu: 30, rss: 50 });
  expect(use?.total).toMatchObject({ time: 2, samples: 2, cpu: 20, cpuMax: 30, rss: 75, rssMax: 100 });
  expect(use?.series.read()).toHaveLength(2);
});

test('a settled job is remembered until so many have settled after it, or another of its id is measured', () => {
  const history = new UseHistory({ mostSettled: 2 });
  for (const id of ['a', 'b', 'c']) history.add(id, 'x', sample(1));
  history.settle('a');
  expect(history.get('a')?.isSettled).toBe(true);
  history.add('a', 'x', sample(5));
  expect(history.get('a')).toMatchObject({ isSettled: false, total: { samples: 1 } });
  for (const id of ['b', 'c', 'a']) history.settle(id);
  expect(history.get('b')).toBeUndefined();
  expect([...history.live]).toEqual([]);
  expect(history.jobs).toBe(2);
  expect(history.points).toBe(2);
});

test('the room is shared: settled jobs go first, then the oldest points of those that have most', () => {
  const history = new UseHistory({ mostBytes: 40 * POINT_BYTES });
  for (let time = 0; time < 30; time += 1) history.add('gone', 'x', sample(time));
  history.settle('gone');
  for (let time = 0; time < 30; time += 1) history.add('a', 'x', sample(time));
  expect(history.get('gone')).toBeUndefined();
  for (let time = 0; time < 100; time += 1) {
    history.add('a', 'x', sample(100 + time));
    history.add('b', 'x', sample(100 + time));
  }
  expect(history.points).toBeLessThanOrEqual(41);
  expect(history.get('a')?.series.length).toBe(20);
  expect(history.get('b')?.series.read().at(-1)?.time).toBe(199);
  expect(history.get('a')?.total.samples).toBe(130);
});
