import { expect, test } from 'vitest';

import { EndedMembers } from '../../../src/host/meter/ended-members.ts';

const main = { pid: 1, startTime: 5 };
const shares = (...times: [number, number][]) => new Map(times.map(([pid, sinceMs]) => [pid, { sinceMs }]));

test('what came and went between two looks is counted, and nothing twice', () => {
  const ended = new EndedMembers();
  const look = (own: number, gone: number, children: [number, number][], since: [number, number][], now: number) =>
    ended.measure(
      main,
      [{ pid: 1, cpuMs: own, endedMs: gone }, ...children.map(([pid, cpuMs]) => ({ pid, cpuMs, endedMs: 0 }))],
      shares(...since),
      now,
    );
  expect(look(100, 0, [[2, 400]], [], 1000)).toBe(0);
  // Process 2 used 100 ms more, which is its own; the main process nothing.
  expect(look(100, 0, [[2, 500]], [[2, 100]], 2000)).toBe(0);
  // Process 2 has ended after 50 ms more; a third one came and went with 200 ms.
  expect(look(100, 750, [], [], 3000)).toBe(25);
  // A fourth one came and is there: nobody looked at it before.
  expect(look(100, 750, [[4, 300]], [], 4000)).toBe(30);
});

test('a number that another process got begins anew, and a family that lost somebody uses nothing', () => {
  const ended = new EndedMembers();
  const family = [{ pid: 1, cpuMs: 1000, endedMs: 0 }];
  ended.measure(main, family, shares(), 1000);
  expect(ended.measure({ ...main, startTime: 6 }, [{ pid: 1, cpuMs: 5000, endedMs: 0 }], shares(), 2000)).toBe(0);
  expect(ended.measure({ ...main, startTime: 6 }, family, shares(), 3000)).toBe(0);
});
