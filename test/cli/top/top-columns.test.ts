import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { layColumns, TOP_COLUMNS } from '../../../src/cli/top/top-columns.ts';

describe('layColumns()', () => {
  test('fills a screen of any width from 80 on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 80, max: 500 }), (width) => {
        const laid = layColumns(width);
        expect(laid.reduce((sum, { columns }) => sum + columns, laid.length - 1)).toBe(width);
        for (const { column, columns } of laid) expect(columns).toBeGreaterThan(column.title.length);
      }),
    );
  });

  test('has at 80 columns what matters most, and all at 200', () => {
    const titles = (width: number) => layColumns(width).map(({ column }) => column.title);
    expect(titles(80)).toEqual(['ID', 'STATE', 'CPU%', 'MEM', 'TIME', 'RUNS', 'QUEUE', 'LAST MESSAGE']);
    expect(titles(200)).toEqual(TOP_COLUMNS.map(({ title }) => title));
  });

  test('has a key of its own for each column that sorts', () => {
    const keys = TOP_COLUMNS.flatMap(({ sort, key }) => (sort === undefined ? [] : [key]));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).not.toContain(undefined);
  });
});
