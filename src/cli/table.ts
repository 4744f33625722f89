import type { Look, Paint } from './paint.ts';
import type { Screen } from './output.ts';
import { printable, textWidths, type TextWidths } from './text-width.ts';

/** A column of a table for people. */
export interface Column<Row> {
  readonly title: string;
  value(row: Row): string;
  look?(row: Row): Look | undefined;
  readonly align?: 'right';
  /** May be cut down to this many columns on a narrow terminal; without it the column is never cut. */
  readonly shrinkTo?: number;
  /** Left out on a terminal too narrow for all; the highest goes first. */
  readonly dropFirst?: number;
}

const GAP = '  ';
const NARROWEST = 4;

/**
 * The lines of a table. On a terminal they fit its width: columns are cut, then left out, never wrapped. Elsewhere
 * every value stands in full. Columns are aligned by spaces; a column without any value is left out.
 */
export async function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width, paint }: Pick<Screen, 'width' | 'paint'>,
): Promise<string[]> {
  let shown = columns
    .map((column) => ({ column, cells: rows.map((row) => printable(column.value(row))) }))
    .filter(({ cells }) => rows.length === 0 || cells.some((cell) => cell !== ''));
  const widths = await textWidths(shown.flatMap(({ cells }) => cells));
  let sizes = sizesOf(shown, widths);
  if (width !== undefined) {
    while (smallest(shown, sizes) > width && shown.length > 1) {
      const gone = shown.reduce((a, b) => ((b.column.dropFirst ?? 0) >= (a.column.dropFirst ?? 0) ? b : a));
      if (gone.column.dropFirst === undefined) break;
      shown = shown.filter((entry) => entry !== gone);
      sizes = sizesOf(shown, widths);
    }
    sizes = shrink(shown, sizes, width);
  }
  const header = shown.map(({ column }) => ({ text: column.title, look: 'bold' as const }));
  const body = rows.map((row, at) =>
    shown.map(({ column, cells }) => ({ text: cells[at] ?? '', look: column.look?.(row) })),
  );
  return [header, ...body].map((cells) =>
    cells
      .map((cell, at) => layCell(cell, sizes[at] ?? 0, shown[at]?.column.align, widths, paint))
      .join(GAP)
      .trimEnd(),
  );
}

interface Shown<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
}

function sizesOf<Row>(shown: readonly Shown<Row>[], widths: TextWidths): number[] {
  return shown.map(({ column, cells }) => Math.max(column.title.length, ...cells.map((cell) => widths.width(cell))));
}

/** Columns the table takes when every column that may be cut is. */
function smallest<Row>(shown: readonly Shown<Row>[], sizes: readonly number[]): number {
  return total(sizes.map((size, at) => Math.min(size, floorOf(shown[at]?.column) ?? size)));
}

function floorOf<Row>(column: Column<Row> | undefined): number | undefined {
  return column?.shrinkTo === undefined ? undefined : Math.max(column.shrinkTo, NARROWEST, column.title.length);
}

function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, GAP.length * Math.max(0, sizes.length - 1));
}

/** Takes from the widest column that may be cut, until the table fits or nothing is left to take. */
function shrink<Row>(shown: readonly Shown<Row>[], natural: readonly number[], width: number): number[] {
  const sizes = [...natural];
  for (let excess = total(sizes) - width; excess > 0; excess -= 1) {
    let widest = -1;
    for (const [at, size] of sizes.entries()) {
      const floor = floorOf(shown[at]?.column);
      if (floor !== undefined && size > floor && size > (sizes[widest] ?? 0)) widest = at;
    }
    if (widest === -1) break;
    sizes[widest] = (sizes[widest] ?? 0) - 1;
  }
  return sizes;
}

function layCell(
  cell: { readonly text: string; readonly look: Look | undefined },
  size: number,
  align: 'right' | undefined,
  widths: TextWidths,
  paint: Paint,
): string {
  const text = widths.fit(cell.text, size);
  const padding = ' '.repeat(Math.max(0, size - widths.width(text)));
  const painted = cell.look === undefined || text === '' ? text : paint(cell.look, text);
  return align === 'right' ? padding + painted : painted + padding;
}
