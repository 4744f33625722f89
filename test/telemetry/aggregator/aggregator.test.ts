import { expect, onTestFinished, test } from 'vitest';
import {
  Aggregator,
  type AggregatedValue,
  type AggregatorOptions,
} from '../../../src/telemetry/aggregator/aggregator.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const START = 3_600_000_000;

function open(options: Partial<AggregatorOptions> = {}) {
  const clock = new FakeClock(START);
  const aggregator = new Aggregator({ clock, ...options });
  onTestFinished(() => {
    aggregator[Symbol.dispose]();
    expect(clock.waiting).toBe(0);
  });
  const add = (parts: Partial<AggregatedValue> = {}): boolean =>
    aggregator.add({ key: 'load', value: 1, operation: 'A', id: 'job', tags: [], ...parts }, clock.now());
  const keys = (filter = {}): string[] => [...aggregator.query(filter)].map(({ name }) => name.key);
  return { clock, aggregator, add, keys };
}

test('values belong together by key, id, operation and tags in any order', () => {
  const { aggregator, add } = open();
  const [a, b] = [
    { name: 'a', value: '1' },
    { name: 'b', value: '' },
  ];
  add({ tags: [a, b] });
  add({ tags: [b, a], value: 3 });
  add({ tags: [a] });
  add({ tags: [a, b], id: 'other' });
  add({ tags: [a, b], operation: 'D' });
  expect(aggregator.size).toBe(4);
  const [series] = [...aggregator.query({ id: 'job', tags: { b: '' } })].slice(-1);
  expect(series?.periods.map(({ current }) => current?.average)).toEqual([2, 2]);
  expect(series?.name.tags).toEqual({ a: '1', b: '' });
});

test('a query is by key, beginning of the key, id and tags, the newest values first', () => {
  const { add, keys } = open();
  add({ key: 'disk.read' });
  add({ key: 'disk.write', tags: [{ name: 'host', value: 'a' }] });
  add({ key: 'net', id: 'other' });
  expect(keys()).toEqual(['net', 'disk.write', 'disk.read']);
  expect(keys({ key: 'net' })).toEqual(['net']);
  expect(keys({ prefix: 'disk.' })).toEqual(['disk.write', 'disk.read']);
  expect(keys({ tags: { host: 'a' } })).toEqual(['disk.write']);
  expect(keys({ tags: { host: 'b' } })).toEqual([]);
  expect(keys({ tags: { constructor: '' } })).toEqual([]);
  expect(keys({ id: 'other' })).toEqual(['net']);
});

test('windows are closed when they are over, without another value and without a question', async () => {
  const { clock, aggregator, add } = open();
  await clock.advance(10_000);
  add();
  const [series] = aggregator.query();
  await clock.advance(289_999);
  expect(series?.periods[0]?.history).toEqual([]);
  await clock.advance(1);
  expect(series?.periods[0]?.history).toMatchObject([{ start: START, count: 1 }]);
  expect(series?.periods[1]?.history).toEqual([]);
  await clock.advance(3_300_000);
  expect(series?.periods[1]?.history).toMatchObject([{ start: START, count: 1 }]);
});

test('a series that was silent for two hours is forgotten, and then nothing is waited for', async () => {
  const { clock, aggregator, add } = open();
  add();
  await clock.advance(7_190_000);
  expect(aggregator.size).toBe(1);
  await clock.advance(300_000);
  expect(aggregator.size).toBe(0);
  expect(clock.waiting).toBe(0);
});

test('beyond the bound the series that was silent for longest goes, which is counted and told once a minute', async () => {
  const told: number[] = [];
  const { clock, aggregator, add, keys } = open({ mostSeries: 2, onDropped: (series) => told.push(series) });
  add({ key: 'a' });
  add({ key: 'b' });
  add({ key: 'a' });
  add({ key: 'c' });
  expect(keys()).toEqual(['c', 'a']);
  add({ key: 'd' });
  add({ key: 'e' });
  expect(told).toEqual([1]);
  await clock.advance(60_000);
  expect(told).toEqual([1, 2]);
  await clock.advance(60_000);
  expect(told).toEqual([1, 2]);
  expect(aggregator.counts).toEqual({ values: 6, dropped: 3 });
});

test('a name that is as long as contents is not kept', () => {
  const { aggregator, add } = open();
  expect(add({ key: 'x'.repeat(2000) })).toBe(false);
  expect(aggregator.size).toBe(0);
});
