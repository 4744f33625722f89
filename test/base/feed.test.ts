import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Feed } from '../../src/base/feed.ts';

const ROOMY = { items: 100, bytes: 1e6 };
const all = { backlog: 100, wants: () => true, bounds: ROOMY };

/** A feed with these items on one shelf, each of size 1. */
function fed(items: readonly number[], keep = ROOMY): Feed<number> {
  const feed = new Feed<number>(keep);
  for (const item of items) feed.push('a', item, 1);
  return feed;
}

describe('Feed', () => {
  test('gives a reader what was kept, then what comes', async () => {
    const feed = fed([1, 2]);
    const reader = feed.open(all);
    expect(await reader.next(1e6)).toEqual({ items: [1, 2], dropped: 0 });
    const next = reader.next(1e6);
    feed.push('a', 3, 1);
    expect(await next).toEqual({ items: [3], dropped: 0 });
  });

  test.each([
    [0, []],
    [2, [4, 6]],
    [10, [2, 4, 6]],
  ])('with a backlog of %i begins with the newest wanted: %j', async (backlog, items) => {
    const reader = fed([1, 2, 3, 4, 5, 6]).open({ ...all, backlog, wants: (item) => item % 2 === 0 });
    const first = reader.next(1e6);
    reader.close();
    expect((await first)?.items ?? []).toEqual(items.length === 0 ? [] : items);
  });

  test('keeps no more than its bounds, the newest always', async () => {
    expect(await fed([1, 2, 3], { items: 2, bytes: 1e6 }).open(all).next(1e6)).toMatchObject({ items: [2, 3] });
    expect(await fed([1, 2, 3], { items: 9, bytes: 0 }).open(all).next(1e6)).toMatchObject({ items: [3] });
  });

  test('keeps each shelf for itself, and gives their items in order', async () => {
    const feed = new Feed<string>({ items: 2, bytes: 1e6 });
    for (const [shelf, item] of ['a1', 'b1', 'a2', 'a3', 'b2'].map((text) => [text.slice(0, 1), text] as const)) {
      feed.push(shelf, item, 1);
    }
    expect(await feed.open(all).next(1e6)).toEqual({ items: ['b1', 'a2', 'a3', 'b2'], dropped: 0 });
  });

  test('drops the oldest that wait for a slow reader, and tells how many, once', async () => {
    const feed = new Feed<number>(ROOMY);
    const slow = feed.open({ ...all, bounds: { items: 3, bytes: 1e6 } });
    const quick = feed.open(all);
    for (let item = 1; item <= 10; item += 1) feed.push('a', item, 1);
    expect(await slow.next(1e6)).toEqual({ items: [8, 9, 10], dropped: 7 });
    feed.push('a', 11, 1);
    expect(await slow.next(1e6)).toEqual({ items: [11], dropped: 0 });
    expect((await quick.next(1e6))?.items).toHaveLength(11);
  });

  test('gives about as many bytes as asked for, at least one item', async () => {
    const feed = new Feed<string>(ROOMY);
    const reader = feed.open(all);
    for (const item of ['a', 'b', 'c']) feed.push('x', item, 40);
    expect(await reader.next(90)).toMatchObject({ items: ['a', 'b'] });
    expect(await reader.next(1)).toMatchObject({ items: ['c'] });
  });

  test('lets a reader that is closed go, also while it waits', async () => {
    const feed = new Feed<number>(ROOMY);
    const reader = feed.open(all);
    expect(feed.isRead).toBe(true);
    const waiting = reader.next(1e6);
    reader.close();
    reader.close();
    expect(await waiting).toBeUndefined();
    expect(await reader.next(1e6)).toBeUndefined();
    expect(feed.isRead).toBe(false);
  });

  test('loses and doubles nothing that it does not tell of', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant('read' as const), fc.integer({ min: 1, max: 9 })), { maxLength: 200 }),
        async (steps) => {
          const feed = new Feed<number>(ROOMY);
          const reader = feed.open({ ...all, bounds: { items: 5, bytes: 20 } });
          let pushed = 0;
          let expected = 1;
          for (const step of steps) {
            if (step !== 'read') {
              pushed += 1;
              feed.push('a', pushed, step);
              continue;
            }
            if (expected > pushed) continue;
            const batch = await reader.next(10);
            expected += batch?.dropped ?? 0;
            for (const item of batch?.items ?? []) expect(item).toBe(expected++);
          }
        },
      ),
    );
  });
});
