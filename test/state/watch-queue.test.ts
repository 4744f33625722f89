import { describe, expect, test } from 'vitest';

import { isStateError } from '../../src/state/state-error.ts';
import { WatchQueue } from '../../src/state/watch-queue.ts';

function make(limit = 3): { readonly queue: WatchQueue<number, number>; readonly closed: () => number } {
  let closed = 0;
  const queue = new WatchQueue<number, number>({
    take: (waiting, from) => ({ item: waiting[from] ?? NaN, taken: 1 }),
    onClose: () => (closed += 1),
    limit,
    what: 'type(namespace/id)',
  });
  return { queue, closed: () => closed };
}

describe('a queue of a watcher', () => {
  test('gives several readers each its own item, in order', async () => {
    const { queue } = make();
    const reading = [queue.next(), queue.next()];
    queue.put(1);
    queue.put(2);
    expect((await Promise.all(reading)).map(({ value }) => value)).toEqual([1, 2]);
  });

  test('that falls behind gives what it has, then says so once, then ends', async () => {
    const { queue, closed } = make();
    for (const item of [1, 2, 3, 4, 5, 6]) queue.put(item);
    expect(closed()).toBe(1);
    for (const item of [1, 2, 3, 4]) expect((await queue.next()).value).toBe(item);
    await expect(queue.next()).rejects.toSatisfy((error) => isStateError(error, 'watch-overrun'));
    expect(await queue.next()).toEqual({ done: true, value: undefined });
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  test('lets what it begins with be as much as it is', async () => {
    const { queue } = make();
    queue.begin([1, 2, 3, 4, 5]);
    expect(queue.isOpen).toBe(true);
    for (const item of [1, 2, 3, 4, 5]) expect((await queue.next()).value).toBe(item);
  });

  test('ends readers that wait when it is closed, and tells its owner once', async () => {
    const { queue, closed } = make();
    const reading = queue.next();
    queue.close();
    queue.close();
    expect(await reading).toEqual({ done: true, value: undefined });
    expect(closed()).toBe(1);
    queue.put(1);
    expect((await queue.next()).done).toBe(true);
  });

  test('gives thousands of items in order', async () => {
    const { queue } = make(10_000);
    for (let item = 0; item < 5_000; item += 1) queue.put(item);
    for (let item = 0; item < 4_000; item += 1) expect((await queue.next()).value).toBe(item);
    for (let item = 5_000; item < 8_000; item += 1) queue.put(item);
    for (let item = 4_000; item < 8_000; item += 1) expect((await queue.next()).value).toBe(item);
  });
});
