import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Ring } from '../../src/base/ring.ts';

describe('Ring', () => {
  test('keeps the last items, oldest first, and counts those it let go', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.integer()), (capacity, items) => {
        const ring = new Ring<number>(capacity);
        const pushedOut = items.map((item) => ring.push(item));
        const kept = items.slice(-capacity);
        expect(ring.toArray()).toEqual(kept);
        expect(ring.length).toBe(kept.length);
        expect(ring.dropped).toBe(items.length - kept.length);
        expect(pushedOut.slice(capacity)).toEqual(items.slice(0, Math.max(0, items.length - capacity)));
      }),
    );
  });
});
