import { expect, test } from 'vitest';

import { Families } from '../../../src/host/meter/families.ts';

const of = (pid: number, parent: number, session = 1) => ({ pid, parent, session });

test('a family is what descends from a process, and whatever is in the session it leads', () => {
  const families = new Families([
    of(1, 0),
    of(10, 1, 10),
    of(11, 10, 10),
    of(12, 11, 10),
    of(13, 1, 10), // its parent has ended, its session has not
    of(14, 13, 14),
    of(20, 1, 20),
  ]);
  expect(families.of(10).sort()).toEqual([10, 11, 12, 13, 14]);
  expect(families.of(20)).toEqual([20]);
  expect(families.of(11).sort()).toEqual([11, 12]);
});

test('a process nobody saw has no family but itself', () => {
  const families = new Families([of(1, 0)]);
  expect(families.has(7)).toBe(false);
  expect(families.of(7)).toEqual([7]);
});

test('a circle of parents, as of a number that was given away meanwhile, is gone round once', () => {
  const families = new Families([of(5, 6), of(6, 5)]);
  expect(families.of(5).sort()).toEqual([5, 6]);
});
