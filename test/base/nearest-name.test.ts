import { describe, expect, test } from 'vitest';

import { nearestName } from '../../src/base/nearest-name.ts';

describe('nearestName()', () => {
  test.each([
    ['queu', ['id', 'queue', 'raw'], 'queue'],
    ['max_tim', ['max_time', 'max_restart'], 'max_time'],
    ['rnu', ['run', 'ps'], 'run'],
    ['lgos', ['logs', 'ps'], 'logs'],
    ['RUN', ['run'], 'run'],
    ['p', ['ps', 'run'], 'ps'],
  ])('finds what "%s" was meant to be', (name, known, nearest) => {
    expect(nearestName(name, known)).toBe(nearest);
  });

  test.each([
    ['frobnicate', ['run', 'ps']],
    ['xy', ['run']],
    ['', ['run']],
  ])('finds nothing near "%s"', (name, known) => {
    expect(nearestName(name, known)).toBeUndefined();
  });
});
