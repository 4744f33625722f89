import { describe, expect, test } from 'vitest';

import { printable, textWidths } from '../../src/cli/text-width.ts';

describe('textWidths()', () => {
  test('counts and cuts ASCII by letters', async () => {
    const { width, fit } = await textWidths(['abc']);
    expect(width('abcdef')).toBe(6);
    expect(fit('abcdef', 6)).toBe('abcdef');
    expect(fit('abcdef', 5)).toBe('abcd…');
    expect(fit('abcdef', 1)).toBe('…');
  });

  test('counts and cuts other scripts by columns, never inside a character', async () => {
    const { width, fit } = await textWidths(['日本']);
    expect([width('日本語'), width('e\u0301'), width('👩‍👩‍👧'), width('abc')]).toEqual([6, 1, 2, 3]);
    expect(fit('日本語日本語', 6)).toBe('日本…');
    expect(width(fit('日本語日本語', 6))).toBeLessThanOrEqual(6);
    expect(fit('👩‍👩‍👧👩‍👩‍👧', 3)).toBe('👩‍👩‍👧…');
    expect(fit('日本', 4)).toBe('日本');
  });
});

describe('printable()', () => {
  test('replaces what could steer a terminal or break a line', () => {
    expect(printable('a\x1b[31mb\nc\td\u009be\u202ef')).toBe('a�[31mb�c�d�e�f');
    expect(printable('日本 é')).toBe('日本 é');
  });
});
