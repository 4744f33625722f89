/** The answer of a built-in, whatever it is, for people. */
import { tableLines, type Column } from './table.ts';
import type { Screen } from './output.ts';
import { printable } from './text-width.ts';

type Row = Readonly<Record<string, unknown>>;

/** Columns on a narrow terminal: the first ones stay. */
const SHRINK_TO = 8;
const KEY = 'KEY';

/** A table for a list, or for an object of objects; a line a member for an object; else the value as it is. Nothing for null. */
export async function answerLines(answer: unknown, screen: Pick<Screen, 'width' | 'paint'>): Promise<string[]> {
  if (answer === null || answer === undefined) return [];
  if (Array.isArray(answer)) {
    return answer.length > 0 && answer.every(isRow)
      ? tableLines(columnsOf(answer), answer, screen)
      : answer.map((item) => cell(item));
  }
  if (!isRow(answer)) return cell(answer).split('\n').map(printable);
  const entries = Object.entries(answer);
  const rows = entries.map(([key, value]): Row => ({ [KEY]: key, ...(isRow(value) ? value : {}) }));
  if (entries.length > 1 && entries.every(([, value]) => isRow(value)))
    return tableLines(columnsOf(rows), rows, screen);
  const width = Math.max(...entries.map(([key]) => key.length), 0);
  return entries.flatMap(([key, value]) => memberLines(key.padEnd(width), value, screen));
}

function memberLines(title: string, value: unknown, { paint }: Pick<Screen, 'paint'>): string[] {
  const text = typeof value === 'string' ? value : cell(value);
  const [first = '', ...rest] = text.replace(/\n$/, '').split('\n').map(printable);
  return [`${paint('bold', title)}  ${first}`.trimEnd(), ...rest.map((line) => `${' '.repeat(title.length)}  ${line}`)];
}

/** Every key that any row has, in the order they come. */
function columnsOf(rows: readonly Row[]): Column<Row>[] {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return keys.map((key, at) => ({
    title: key.toUpperCase(),
    value: (row) => (row[key] === undefined ? '' : cell(row[key])),
    ...(rows.every((row) => row[key] === undefined || typeof row[key] === 'number') ? { align: 'right' as const } : {}),
    ...(rows.some((row) => typeof row[key] !== 'number') ? { shrinkTo: SHRINK_TO } : {}),
    ...(at === 0 ? {} : { dropFirst: at }),
  }));
}

function cell(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : JSON.stringify(value);
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
