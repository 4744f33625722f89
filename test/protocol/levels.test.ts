import { expect, test } from 'vitest';

import { isResultLevel, LEVELS, MAX_LEVEL } from '../../src/protocol/levels.ts';

test('LEVELS are within the range of a level and have names of their own', () => {
  const rows = Object.entries(LEVELS);
  expect(rows.filter(([level]) => Number(level) < 1 || Number(level) > MAX_LEVEL)).toEqual([]);
  expect(new Set(rows.map(([, { name }]) => name)).size).toBe(rows.length);
});

test('isResultLevel() is true for the levels whose name begins with "result"', () => {
  const results = Array.from({ length: MAX_LEVEL + 1 }, (_, level) => level).filter(isResultLevel);
  expect(results).toEqual([20, 21, 22, 23, 30]);
  expect(results.map((level) => LEVELS[level]?.name.startsWith('result-'))).toEqual(results.map(() => true));
});
