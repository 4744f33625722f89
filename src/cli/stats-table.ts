/** What jobs use, as a table: now, before, and at most. */
import type { JobStatsInfo } from '../protocol/statistics-info.ts';
import { formatBytes } from './sizes.ts';
import { sparkline } from './sparkline.ts';
import type { Column } from './table.ts';

/** One job and what is known of its use. */
export interface StatsRow {
  readonly id: string;
  /** Undefined when nothing can be told. */
  readonly stats: JobStatsInfo | undefined;
}

/** Less of a core than this is drawn as little, percent. */
const LEAST_CPU = 10;

/** The columns of `corex stats`; `unicode` is whether bars of blocks can be shown. */
export function statsColumns(unicode: boolean): Column<StatsRow>[] {
  const samples = ({ stats }: StatsRow) => stats?.samples ?? [];
  return [
    { title: 'ID', value: ({ id }) => id, shrinkTo: 14 },
    {
      title: 'CPU',
      value: ({ stats }) => percent(stats?.cpu ?? stats?.totals?.cpu),
      look: ({ stats }) => (stats?.cpu === undefined ? 'dim' : undefined),
      align: 'right',
    },
    {
      title: 'OVER TIME',
      value: (row) =>
        sparkline(
          samples(row).map(({ cpu_max: most }) => most),
          { least: LEAST_CPU, unicode },
        ),
      look: () => 'active',
    },
    {
      title: 'MEM',
      value: ({ stats }) => bytes(stats?.rss ?? stats?.totals?.rss),
      look: ({ stats }) => (stats?.rss === undefined ? 'dim' : undefined),
      align: 'right',
    },
    {
      title: 'OVER TIME',
      value: (row) =>
        sparkline(
          samples(row).map(({ rss_max: most }) => most),
          { unicode },
        ),
      look: () => 'active',
    },
    {
      title: 'MOST',
      value: ({ stats }) => bytes(stats?.totals?.rss_max ?? stats?.usage?.max_rss),
      align: 'right',
      dropFirst: 1,
    },
    { title: 'PROCS', value: ({ stats }) => count(stats?.processes), align: 'right', dropFirst: 2 },
    { title: 'AVG CPU', value: ({ stats }) => percent(stats?.totals?.cpu), align: 'right', dropFirst: 3 },
    { title: 'MAX CPU', value: ({ stats }) => percent(stats?.totals?.cpu_max), align: 'right', dropFirst: 4 },
    { title: 'SWAP', value: ({ stats }) => (stats?.swap ? bytes(stats.swap) : ''), align: 'right', dropFirst: 5 },
    { title: 'SAMPLES', value: ({ stats }) => count(stats?.totals?.samples), align: 'right', dropFirst: 6 },
  ];
}

function percent(value: number | undefined): string {
  if (value === undefined) return '';
  return `${value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} %`;
}

function bytes(value: number | undefined): string {
  return value === undefined ? '' : formatBytes(value);
}

function count(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}
