import { describe, expect, test } from 'vitest';

import { systemClock } from '../../../src/base/clock.ts';
import { KeyQueue } from '../../../src/state/controllers/key-queue.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

describe('a queue by key', () => {
  test('gives each key once, with its newest value, in order', async () => {
    const queue = new KeyQueue<number>(systemClock);
    queue.put('a', 1);
    queue.put('b', 1);
    queue.put('a', 2);
    expect(queue.length).toBe(2);
    expect(await queue.take()).toEqual({ key: 'a', value: 2 });
    expect(await queue.take()).toEqual({ key: 'b', value: 1 });
  });

  test('never gives what is taken to anybody else, and gives what came meanwhile after', async () => {
    const queue = new KeyQueue<number>(systemClock);
    let [most, done] = [0, 0];
    const busy = new Map<string, number>();
    const last = new Map<string, number>();
    const worker = async (): Promise<void> => {
      for (let next = await queue.take(); next !== undefined; next = await queue.take()) {
        const { key, value } = next;
        busy.set(key, (busy.get(key) ?? 0) + 1);
        most = Math.max(most, busy.get(key) ?? 0);
        await new Promise(setImmediate);
        busy.set(key, (busy.get(key) ?? 0) - 1);
        last.set(key, value);
        done += 1;
        queue.release(key);
        if (queue.length === 0 && last.size === 100 && [...last.values()].every((at) => at === 99)) queue.close();
      }
    };
    const workers = Array.from({ length: 5 }, worker);
    for (let value = 0; value < 100; value += 1) {
      for (let key = 0; key < 100; key += 1) queue.put(`k${String(key)}`, value);
      await new Promise(setImmediate);
    }
    await Promise.all(workers);
    expect(most).toBe(1);
    expect(done).toBeGreaterThanOrEqual(100);
  });

  test('gives what was put off at its time, or at once when it comes anew', async () => {
    const clock = new FakeClock();
    const queue = new KeyQueue<string>(clock);
    for (const key of ['a', 'b']) queue.put(key, 'first');
    for (const afterMs of [1_000, 2_000]) {
      const taken = await queue.take();
      queue.release(taken?.key ?? '', { value: 'again', afterMs });
    }
    queue.put('b', 'new');
    expect(await queue.take()).toEqual({ key: 'b', value: 'new' });
    const next = queue.take();
    await clock.advance(1_000);
    expect(await next).toEqual({ key: 'a', value: 'again' });
    queue.put('a', 'meanwhile');
    queue.release('a', { value: 'late', afterMs: 1_000 });
    expect(await queue.take()).toEqual({ key: 'a', value: 'meanwhile' });
    const end = queue.take();
    queue.close();
    expect(await end).toBeUndefined();
  });
});
