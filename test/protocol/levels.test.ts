import { expect, test } from 'vitest';

import {
  CRITICAL_LEVEL,
  DEBUG_LEVEL,
  isResultLevel,
  JSON_RESULT_LEVEL,
  LEVELS,
  MAX_LEVEL,
  STATISTICS_LEVEL,
  STDERR_LEVEL,
  STDOUT_LEVEL,
} from '../../src/protocol/levels.ts';

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

test('the levels with a name in the code are those of the table', () => {
  const named = [STDOUT_LEVEL, STDERR_LEVEL, CRITICAL_LEVEL, STATISTICS_LEVEL, DEBUG_LEVEL, JSON_RESULT_LEVEL];
  expect(named.map((level) => LEVELS[level]?.name)).toEqual([
    'stdout',
    'stderr',
    'critical',
    'statistics',
    'debug',
    'result-json',
  ]);
});
