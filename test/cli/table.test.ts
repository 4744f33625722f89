import { stripVTControlCharacters } from 'node:util';

import { describe, expect, test } from 'vitest';

import { colourPaint, plainPaint } from '../../src/cli/paint.ts';
import { tableLines, type Column } from '../../src/cli/table.ts';
import { textWidths } from '../../src/cli/text-width.ts';

interface Row {
  id: string;
  state: string;
  age: string;
  tags: string;
}

const columns: Column<Row>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'STATE', value: ({ state }) => state, look: ({ state }) => (state === 'failed' ? 'bad' : undefined) },
  { title: 'AGE', value: ({ age }) => age, align: 'right', dropFirst: 1 },
  { title: 'TAGS', value: ({ tags }) => tags, shrinkTo: 8, dropFirst: 2 },
];

const rows: Row[] = [
  { id: 'backup', state: 'running', age: '5 s', tags: 'nightly, database, a-rather-long-tag-that-needs-room' },
  { id: '2f1c9a54-7d0e-4d42-9f3c-0d6a1f0b7c11', state: 'failed', age: '12m 4s', tags: '夜間, データベース' },
];

const lines = (width: number | undefined, paint = plainPaint) => tableLines(columns, rows, { width, paint });

describe('tableLines()', () => {
  test('shows every value in full where there is no terminal', async () => {
    expect(await lines(undefined)).toEqual([
      'ID                                    STATE       AGE  TAGS',
      'backup                                running     5 s  nightly, database, a-rather-long-tag-that-needs-room',
      '2f1c9a54-7d0e-4d42-9f3c-0d6a1f0b7c11  failed   12m 4s  夜間, データベース',
    ]);
  });

  test('cuts what may be cut at 80 columns', async () => {
    expect(await lines(80)).toEqual([
      'ID                                    STATE       AGE  TAGS',
      'backup                                running     5 s  nightly, database, a-rat…',
      '2f1c9a54-7d0e-4d42-9f3c-0d6a1f0b7c11  failed   12m 4s  夜間, データベース',
    ]);
  });

  test('leaves columns out at 40, and never cuts an id', async () => {
    expect(await lines(45)).toEqual([
      'ID                                    STATE',
      'backup                                running',
      '2f1c9a54-7d0e-4d42-9f3c-0d6a1f0b7c11  failed',
    ]);
    expect(await lines(40)).toEqual(await lines(45));
  });

  test('shows all at 200', async () => {
    expect(await lines(200)).toEqual(await lines(undefined));
  });

  test.each([40, 55, 60, 70, 80, 100])('fits %d columns when columns may give way', async (width) => {
    const flexible = columns.map((column) => (column.title === 'ID' ? { ...column, shrinkTo: 6 } : column));
    const shown = await tableLines(flexible, rows, { width, paint: plainPaint });
    const { width: widthOf } = await textWidths(shown);
    for (const line of shown) expect(widthOf(line)).toBeLessThanOrEqual(width);
  });

  test('paints without moving anything', async () => {
    const painted = await lines(80, colourPaint);
    expect(painted[2]).toContain('\x1b[31mfailed\x1b[39m');
    expect(painted.map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(await lines(80));
  });

  test('leaves out a column without values, and shows the titles of an empty table', async () => {
    const without = rows.map((row) => ({ ...row, tags: '' }));
    expect((await tableLines(columns, without, { width: 80, paint: plainPaint }))[0]).not.toContain('TAGS');
    expect(await tableLines(columns, [], { width: 80, paint: plainPaint })).toEqual(['ID  STATE  AGE  TAGS']);
  });

  test('lets no value steer the terminal', async () => {
    const evil = [{ id: 'x', state: 'a\x1b[2Jb', age: '', tags: 'one\ntwo' }];
    expect(await tableLines(columns, evil, { width: 80, paint: plainPaint })).toEqual([
      'ID  STATE   TAGS',
      'x   a�[2Jb  one�two',
    ]);
  });
});
