import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { characterStart, truncateText, truncateTextStart } from '../../src/base/truncate-text.ts';

const text = fc.string({ unit: 'binary' }).map((any) => any.toWellFormed());
const length = fc.nat(100);

describe('truncateText()', () => {
  test.each([
    ['hello', 5, 'hello'],
    ['hello', 4, 'hell'],
    ['añb', 2, 'a'],
    ['añb', 3, 'añ'],
    ['€', 2, ''],
    ['😀😀', 7, '😀'],
    ['any', 0, ''],
  ])('cuts "%s" to %i bytes: "%s"', (whole, maxBytes, cut) => {
    expect(truncateText(whole, maxBytes)).toBe(cut);
  });

  test('gives the longest beginning that fits and splits no character', () => {
    fc.assert(
      fc.property(text, length, (whole, maxBytes) => {
        const cut = truncateText(whole, maxBytes);
        expect(whole.startsWith(cut)).toBe(true);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes);
        const next = Array.from(whole.slice(cut.length))[0];
        if (next !== undefined) expect(Buffer.byteLength(cut + next)).toBeGreaterThan(maxBytes);
      }),
    );
  });
});

describe('truncateTextStart()', () => {
  test('gives the longest end that fits and splits no character', () => {
    fc.assert(
      fc.property(text, length, (whole, maxBytes) => {
        const cut = truncateTextStart(whole, maxBytes);
        expect(whole.endsWith(cut)).toBe(true);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes);
        const before = Array.from(whole.slice(0, whole.length - cut.length)).at(-1);
        if (before !== undefined) expect(Buffer.byteLength(before + cut)).toBeGreaterThan(maxBytes);
      }),
    );
  });
});

describe('characterStart()', () => {
  test('finds where the character at a place begins', () => {
    expect([0, 1, 2, 3, 4, 5].map((at) => characterStart(Buffer.from('a€b'), at))).toEqual([0, 1, 1, 1, 4, 5]);
  });
});
