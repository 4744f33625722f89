import type { JobOrder, JobRow } from '../../protocol/job-info.ts';
import { formatDuration } from '../durations.ts';
import { stateLook, stateText, timeText } from '../job-table.ts';
import type { Look } from '../paint.ts';
import { formatBytes } from '../sizes.ts';

/** A column of the table of live jobs. */
export interface TopColumn {
  readonly title: string;
  /** What it sorts by, and whether the greatest come first at first. */
  readonly sort?: JobOrder;
  readonly descending?: true;
  /** The key that sorts by it. */
  readonly key?: string;
  readonly align?: 'right';
  /** Only on screens of at least so many columns. */
  readonly from: number;
  /** Columns it takes on a screen; of what is left the growing ones get their parts. */
  readonly size: (columns: number) => number;
  readonly part?: number;
  value(row: JobRow, now: number): string;
  look?(row: JobRow): Look | undefined;
}

const fixed = (size: number) => (): number => size;

/** From left to right. */
export const TOP_COLUMNS: readonly TopColumn[] = [
  {
    title: 'ID',
    sort: 'id',
    key: 'I',
    from: 0,
    size: (columns) => (columns < 100 ? 14 : columns < 160 ? 20 : columns < 230 ? 28 : 36),
    value: ({ id }) => id,
  },
  { title: 'STATE', sort: 'state', key: 'S', from: 0, size: fixed(9), value: stateText, look: stateLook },
  {
    title: 'CPU%',
    sort: 'cpu',
    descending: true,
    key: 'C',
    align: 'right',
    from: 0,
    size: fixed(6),
    value: ({ cpu }) => (cpu === undefined ? '' : cpu.toFixed(1)),
  },
  {
    title: 'MEM',
    sort: 'rss',
    descending: true,
    key: 'M',
    align: 'right',
    from: 0,
    size: fixed(8),
    value: ({ rss }) => (rss === undefined ? '' : formatBytes(rss)),
  },
  {
    title: 'TIME',
    sort: 'started',
    key: 'T',
    align: 'right',
    from: 0,
    size: fixed(7),
    value: timeText,
  },
  {
    title: 'RUNS',
    sort: 'runs',
    descending: true,
    key: 'R',
    align: 'right',
    from: 60,
    size: fixed(5),
    value: ({ runs }) => String(runs),
  },
  {
    title: 'AGE',
    sort: 'accepted',
    key: 'A',
    align: 'right',
    from: 110,
    size: fixed(7),
    value: ({ accepted }, now) => formatDuration(now - accepted),
  },
  {
    title: 'PID',
    align: 'right',
    from: 140,
    size: fixed(7),
    value: ({ pid }) => (pid === undefined ? '' : String(pid)),
  },
  {
    title: 'OUTPUT',
    sort: 'output',
    descending: true,
    key: 'O',
    align: 'right',
    from: 180,
    size: fixed(8),
    value: ({ output }) => (output === 0 ? '' : formatBytes(output)),
  },
  {
    title: 'QUEUE',
    sort: 'queue',
    key: 'Q',
    from: 72,
    size: (columns) => (columns < 130 ? 8 : 14),
    value: ({ queue }) => queue ?? '',
  },
  { title: 'TAGS', from: 190, size: fixed(12), value: ({ tags }) => tags.join(',') },
  { title: 'COMMAND', from: 110, size: fixed(12), part: 2, value: ({ title, command }) => title ?? command },
  { title: 'LAST MESSAGE', from: 40, size: fixed(8), part: 3, value: ({ said }) => said ?? '' },
];

/** A column with the columns of the screen it takes. */
export interface LaidColumn {
  readonly column: TopColumn;
  readonly columns: number;
}

/** The columns that a screen has room for, which fill it; one column is left between two. */
export function layColumns(width: number): LaidColumn[] {
  const shown = TOP_COLUMNS.filter(({ from }) => width >= from);
  const sizes = shown.map(({ size }) => size(width));
  const taken = sizes.reduce((sum, size) => sum + size, shown.length - 1);
  const parts = shown.reduce((sum, { part = 0 }) => sum + part, 0);
  let free = Math.max(0, width - taken);
  const each = parts === 0 ? 0 : free / parts;
  return shown.map((column, at) => {
    const isLast = at === shown.length - 1;
    const more = isLast ? free : Math.floor(each * (column.part ?? 0));
    free -= more;
    return { column, columns: (sizes[at] ?? 0) + more };
  });
}
