import { describe, expect, test } from 'vitest';

import { colourPaint, plainPaint } from '../../../src/cli/paint.ts';
import { Pen } from '../../../src/cli/terminal/pen.ts';

const pen = await Pen.create({ LANG: 'de_DE.UTF-8' }, plainPaint);
const ascii = await Pen.create({ LC_ALL: 'C' }, plainPaint);

describe('Pen', () => {
  test.each([
    ['abc', 5, 'abc  '],
    ['abcdef', 4, 'abc…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日… '],
    ['a\tb', 8, 'a    b  '],
    ['a\u001B[2Jb', 8, 'a�[2Jb  '],
    ['abc', 0, ''],
  ])('writes %j into %d columns', (text, columns, cell) => {
    expect(pen.cell({ text, columns })).toBe(cell);
  });

  test('knows ASCII alone where the locale does', () => {
    expect(ascii.cell({ text: 'né 日 abc', columns: 6 })).toBe('n? ? ~');
    expect(ascii.isUnicode).toBe(false);
  });

  test('aligns, and colours the text alone', async () => {
    const coloured = await Pen.create({}, colourPaint);
    expect(pen.cell({ text: '7', columns: 3, align: 'right' })).toBe('  7');
    expect(coloured.cell({ text: 'x', columns: 3, look: 'bad' })).toBe('\u001B[31mx\u001B[39m  ');
    expect(coloured.cell({ text: '', columns: 2, look: 'bad' })).toBe('  ');
  });

  test('keeps the right end of a line, and cuts the left', () => {
    expect(pen.ends('left', 'right', 12)).toBe('left   right');
    expect(pen.ends('left', 'right', 8)).toBe('l… right');
    expect(pen.ends('left', 'right', 3)).toBe('ri…');
  });

  test('skips columns, not characters', () => {
    expect(pen.from('日本語', 2)).toBe('本語');
    expect(pen.from('abc', 5)).toBe('');
  });
});
