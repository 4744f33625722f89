import { expect, test } from 'vitest';
import { JobQueues } from '../../../src/engine/queues/job-queues.ts';
import { parseRate, writeRate } from '../../../src/protocol/rate.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

/** Enters jobs that end at once, and notes when each started, in milliseconds from the begin. */
function stage(
  rate: string,
  burst: number,
): { clock: FakeClock; queues: JobQueues; starts: number[]; enter(n: number): void } {
  const clock = new FakeClock();
  const queues = new JobQueues({ running: 1e6, clock });
  const parsed = parseRate(rate);
  if (parsed === undefined) throw new Error('no rate');
  queues.set('q', { rate: parsed, burst, width: 1e6 });
  queues.open();
  const begin = clock.monotonic();
  const starts: number[] = [];
  let count = 0;
  return {
    clock,
    queues,
    starts,
    enter: (n) => {
      for (let job = 0; job < n; job += 1) {
        count += 1;
        queues.enter({ id: `job${count}`, queue: 'q', priority: 0, takesSlot: false }, async () => {
          starts.push(clock.monotonic() - begin);
        });
      }
    },
  };
}

test('a queue with a rate starts its burst at once, then one each time it is due, with one timer however many wait', async () => {
  const { clock, starts, enter, queues } = stage('10/s', 3);
  enter(100_000);
  expect(starts).toEqual([0, 0, 0]);
  expect(clock.waiting).toBe(1);
  for (let tick = 0; tick < 40; tick += 1) await clock.advance(50);
  expect(starts).toHaveLength(23);
  expect(starts.slice(3, 6)).toEqual([100, 200, 300]);
  expect(queues.list()).toMatchObject([{ rate: '10/s', burst: 3, waiting: 100_000 - 23 }]);
});

test('a burst fills up again when nothing starts for a while, and no further', async () => {
  const { clock, starts, enter } = stage('60/m', 2);
  enter(2);
  await clock.advance(60_000);
  enter(5);
  expect(starts.slice(2)).toEqual([60_000, 60_000]);
});

test('a rate can be taken away and set while jobs wait', async () => {
  const { clock, starts, enter, queues } = stage('1/h', 1);
  enter(5);
  expect(starts).toHaveLength(1);
  queues.set('q', { rate: parseRate('1/s') ?? null });
  expect(starts).toHaveLength(2);
  queues.pause('q');
  await clock.advance(10_000);
  expect(starts).toHaveLength(2);
  queues.resume('q');
  queues.set('q', { rate: null });
  await clock.advance(0);
  expect(starts).toHaveLength(5);
  expect(clock.waiting).toBe(0);
});

test.each(['10/s', '90/m', '1.5/h', '1000000/s'])('parseRate() and writeRate() agree on %s', (text) => {
  const rate = parseRate(text);
  expect(rate === undefined ? undefined : writeRate(rate)).toBe(text);
});

test.each(['', '10', '0/s', '-1/s', '10/d', '10 /s', '1000001/s', 'fast'])(
  'parseRate() knows no rate in "%s"',
  (text) => {
    expect(parseRate(text)).toBeUndefined();
  },
);
