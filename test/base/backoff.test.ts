import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { backoffDelay } from '../../src/base/backoff.ts';

describe('backoffDelay()', () => {
  const exact = { firstMs: 1000, factor: 2, capMs: 60_000, jitter: 0 };

  test.each([
    [0, 1000],
    [1, 2000],
    [5, 32_000],
    [6, 60_000],
    [100, 60_000],
    [10_000, 60_000],
  ])('waits before try %i for %i ms', (attempt, delay) => {
    expect(backoffDelay(exact, attempt, () => 0.5)).toBe(delay);
  });

  test('takes at most the random part away, and gives whole milliseconds', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (attempt, chance) => {
        const full = backoffDelay(exact, attempt, () => 0);
        const delay = backoffDelay({ ...exact, jitter: 0.2 }, attempt, () => chance);
        expect(delay).toBeLessThanOrEqual(full);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(full * 0.8));
        expect(Number.isInteger(delay)).toBe(true);
      }),
    );
  });
});
