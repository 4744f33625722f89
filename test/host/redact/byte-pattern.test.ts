import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { BytePattern, joinSpans } from '../../../src/host/redact/byte-pattern.ts';

const fewLetters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 40 });

function pattern(text: string): BytePattern {
  return new BytePattern(Buffer.from(text));
}

describe('BytePattern', () => {
  test('covers every byte of every place where it stands, overlapping ones too, and no other', () => {
    fc.assert(
      fc.property(fewLetters.filter(Boolean), fewLetters, (wanted, data) => {
        const covered = Array.from({ length: data.length }, () => false);
        for (let at = data.indexOf(wanted); at !== -1; at = data.indexOf(wanted, at + 1)) {
          covered.fill(true, at, at + wanted.length);
        }
        const found = Array.from({ length: data.length }, () => false);
        for (const { from, to } of pattern(wanted).find(Buffer.from(data))) found.fill(true, from, to);
        expect(found).toEqual(covered);
      }),
      { numRuns: 1000 },
    );
  });

  test('tells how much of its beginning is at the end', () => {
    fc.assert(
      fc.property(fewLetters.filter(Boolean), fewLetters, (wanted, data) => {
        const longest = Array.from({ length: wanted.length }, (_, size) => size)
          .filter((size) => data.endsWith(wanted.slice(0, size)))
          .at(-1);
        expect(pattern(wanted).beginningAtEnd(Buffer.from(data))).toBe(longest);
      }),
      { numRuns: 1000 },
    );
  });

  test('finds a long row of the same letter as one place', () => {
    expect(pattern('aaaaaaaa').find(Buffer.alloc(1_000_000, 'a'))).toEqual([{ from: 0, to: 1_000_000 }]);
  });

  test('lets at most three bytes be seen, and of a short one a quarter', () => {
    expect(['abc', 'abcd', 'abcdefgh', 'a'.repeat(12), 'a'.repeat(100)].map((text) => pattern(text).seen)).toEqual([
      0, 1, 2, 3, 3,
    ]);
  });

  test('is never empty', () => {
    expect(() => pattern('')).toThrow(RangeError);
  });
});

describe('joinSpans()', () => {
  test('joins what overlaps or touches', () => {
    const spans = [
      { from: 7, to: 9 },
      { from: 0, to: 2 },
      { from: 1, to: 4 },
      { from: 4, to: 5 },
    ];
    expect(joinSpans(spans)).toEqual([
      { from: 0, to: 5 },
      { from: 7, to: 9 },
    ]);
  });
});
