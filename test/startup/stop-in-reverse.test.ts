import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stopInReverse } from '../../src/startup/stop-in-reverse.ts';

test('stopInReverse() asks nobody before all that come after it have ended', async () => {
  const edges = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(edges, fc.scheduler(), async (pairs, scheduler) => {
      const order = Array.from({ length: 10 }, (_, at) => `e${at}`);
      const dependants = new Map<string, string[]>();
      for (const [one, other] of pairs) {
        if (one === other) continue;
        const before = `e${Math.min(one, other)}`;
        dependants.set(before, [...(dependants.get(before) ?? []), `e${Math.max(one, other)}`]);
      }
      const ended = new Set<string>();
      const stopping = stopInReverse(
        order,
        (id) => dependants.get(id) ?? [],
        async (id) => {
          for (const dependant of dependants.get(id) ?? []) expect(ended.has(dependant)).toBe(true);
          await scheduler.schedule(Promise.resolve());
          ended.add(id);
        },
      );
      await scheduler.waitFor(stopping);
      expect(ended.size).toBe(10);
    }),
  );
});

test('stopInReverse() tries all, and then rejects with what went wrong', async () => {
  const asked: string[] = [];
  const stopping = stopInReverse(
    ['a', 'b', 'c'],
    (id) => (id === 'a' ? ['b'] : []),
    async (id) => {
      asked.push(id);
      if (id === 'b') throw new Error('b does not end');
    },
  );
  await expect(stopping).rejects.toThrow('b does not end');
  expect(asked.sort()).toEqual(['a', 'b', 'c']);
});
