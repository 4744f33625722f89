/** Jobs as a table: live ones and settled ones. */
import type { JobInfo, JobRow } from '../protocol/job-info.ts';
import { EXIT_CODE_BASE } from '../protocol/reasons.ts';
import { signalNames, signalNumber } from '../protocol/signals.ts';
import { UsageError } from './cli-error.ts';
import { formatDuration } from './durations.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { Look } from './paint.ts';
import { formatBytes } from './sizes.ts';
import type { Column } from './table.ts';

/** A column of jobs, with what it sorts by; what has no such value comes last. */
interface JobColumn extends Omit<Column<JobRow>, 'value'> {
  value(job: JobRow, now: number): string;
  sortKey(job: JobRow, now: number): number | string | undefined;
}

/** All columns of `corex ps`, from left to right. */
const COLUMNS = {
  id: { title: 'ID', value: ({ id }) => id, sortKey: ({ id }) => id, shrinkTo: 36 },
  state: { title: 'STATE', value: stateText, sortKey: stateText, look: stateLook },
  time: { title: 'TIME', value: timeText, sortKey: timeOf, align: 'right' },
  runs: {
    title: 'RUNS',
    value: ({ runs }) => (runs > 1 ? String(runs) : ''),
    sortKey: ({ runs }) => runs,
    align: 'right',
    dropFirst: 2,
  },
  age: {
    title: 'AGE',
    value: ({ accepted }, now) => formatDuration(now - accepted),
    sortKey: ({ accepted }, now) => now - accepted,
    align: 'right',
    dropFirst: 4,
  },
  pid: {
    title: 'PID',
    value: ({ pid }) => (pid === undefined ? '' : String(pid)),
    sortKey: ({ pid }) => pid,
    align: 'right',
    dropFirst: 5,
  },
  cpu: {
    title: 'CPU%',
    value: ({ cpu }) => (cpu === undefined ? '' : cpu.toFixed(1)),
    sortKey: ({ cpu }) => cpu,
    align: 'right',
    dropFirst: 3,
  },
  mem: {
    title: 'MEM',
    value: ({ rss }) => (rss === undefined ? '' : formatBytes(rss)),
    sortKey: ({ rss }) => rss,
    align: 'right',
    dropFirst: 3,
  },
  output: {
    title: 'OUTPUT',
    value: ({ output }) => formatBytes(output),
    sortKey: ({ output }) => output,
    align: 'right',
    dropFirst: 6,
  },
  priority: {
    title: 'PRIORITY',
    value: ({ priority }) => String(priority),
    sortKey: ({ priority }) => priority,
    align: 'right',
    dropFirst: 6,
  },
  code: {
    title: 'CODE',
    value: ({ result }) => (result === undefined ? '' : String(result.code)),
    sortKey: ({ result }) => result?.code,
    align: 'right',
    dropFirst: 6,
  },
  ended: {
    title: 'ENDED',
    value: ({ ended }, now) => (ended === undefined ? '' : `${formatDuration(now - ended)} ago`),
    sortKey: ({ ended }) => ended,
    align: 'right',
    dropFirst: 5,
  },
  queue: {
    title: 'QUEUE',
    value: ({ queue }) => queue ?? '',
    sortKey: ({ queue }) => queue,
    shrinkTo: 8,
    dropFirst: 1,
  },
  command: { title: 'COMMAND', value: commandText, sortKey: commandText, shrinkTo: 16 },
  tags: {
    title: 'TAGS',
    value: ({ tags }) => tags.join(','),
    sortKey: ({ tags }) => tags[0],
    shrinkTo: 8,
    dropFirst: 1,
  },
  last: {
    title: 'LAST MESSAGE',
    value: ({ said }) => said ?? '',
    sortKey: ({ said }) => said,
    shrinkTo: 16,
    dropFirst: 3,
  },
} as const satisfies Record<string, JobColumn>;

/** A column of `corex ps`, as `--columns` and `--sort` name it. */
export type JobColumnName = keyof typeof COLUMNS;

const JOB_COLUMN_NAMES = Object.keys(COLUMNS) as JobColumnName[];

const USUAL: readonly JobColumnName[] = ['id', 'state', 'time', 'runs', 'age', 'pid', 'queue', 'command', 'tags'];

/** Columns that only a look at the jobs' processes or output can fill. */
const LOOKED_UP: readonly JobColumnName[] = ['cpu', 'mem', 'last'];

/** Reads a list such as `id,state,cpu`. `+cpu,mem` are those beside the usual ones. Errors: UsageError. */
export function readColumns(text: string | undefined): readonly JobColumnName[] {
  if (text === undefined) return USUAL;
  const more = text.startsWith('+');
  const names = (more ? text.slice(1) : text).split(',').map((name) => columnNamed('--columns', name.trim()));
  return more ? [...USUAL, ...names.filter((name) => !USUAL.includes(name))] : names;
}

/** How a table is sorted. */
export interface JobSort {
  readonly column: JobColumnName;
  readonly isDescending: boolean;
}

/** Reads `cpu`, or `-cpu` for the greatest first. Errors: UsageError. */
export function readSort(text: string): JobSort {
  const isDescending = text.startsWith('-');
  return { column: columnNamed('--sort', isDescending ? text.slice(1) : text), isDescending };
}

/** Whether live jobs have to be looked at closely for these columns. */
export function needsLook(names: readonly JobColumnName[]): boolean {
  return names.some((name) => LOOKED_UP.includes(name));
}

/** Columns for a table; `now` is milliseconds since 1970. */
export function jobColumns(now: number, names: readonly JobColumnName[] = USUAL): Column<JobRow>[] {
  return names.map((name) => {
    const column: JobColumn = COLUMNS[name];
    return { ...column, value: (job) => column.value(job, now) };
  });
}

/** The jobs in another order; those with the same value stay as they are, those without one come last. */
export function sortJobs(jobs: readonly JobRow[], { column, isDescending }: JobSort, now: number): JobRow[] {
  const by: JobColumn = COLUMNS[column];
  const sign = isDescending ? -1 : 1;
  return jobs
    .map((job) => ({ job, key: by.sortKey(job, now) }))
    .sort((a, b) => {
      if (a.key === b.key) return 0;
      if (a.key === undefined) return 1;
      if (b.key === undefined) return -1;
      return a.key < b.key ? -sign : sign;
    })
    .map(({ job }) => job);
}

function columnNamed(option: string, name: string): JobColumnName {
  const known = JOB_COLUMN_NAMES.find((candidate) => candidate === name.toLowerCase());
  if (known !== undefined) return known;
  const nearest = nearestName(name, JOB_COLUMN_NAMES);
  const hint = nearest === undefined ? `one of ${JOB_COLUMN_NAMES.join(', ')} is wanted` : `did you mean "${nearest}"?`;
  throw new UsageError(`Cannot read ${option}: unknown column "${name}", ${hint}`);
}

/** What it does: the program with its arguments, or the command's name. */
function commandText({ command, title }: JobInfo): string {
  return title ?? command;
}

/** Where a live job stands, or how a settled one ended, in one or two words. */
export function stateText({ state, result, next }: JobInfo, now: number): string {
  if (result !== undefined) return endText(result);
  if (state === 'waiting' && next !== undefined) return `in ${formatDuration(next - now)}`;
  return state;
}

function endText({ state, code, reason }: NonNullable<JobInfo['result']>): string {
  switch (reason) {
    case 'exited':
      return state === 'SUCCESS' ? 'done' : `exit ${code - EXIT_CODE_BASE}`;
    case 'signaled':
      return signalNames().find((name) => signalNumber(name) === code - EXIT_CODE_BASE - 128) ?? 'signal';
    case 'spawn-failed':
      return 'not started';
    case 'out-of-memory':
      return 'no memory';
    default:
      return reason;
  }
}

/** How a state looks. */
export function stateLook({ state, result }: JobInfo): Look | undefined {
  if (result !== undefined) return result.state === 'SUCCESS' ? 'good' : 'bad';
  if (state === 'running') return 'active';
  return state === 'stopping' || state === 'waiting' ? 'warning' : undefined;
}

/** How long it has been running, or ran; empty when it is not. */
export function timeText(job: JobInfo, now: number): string {
  const time = timeOf(job, now);
  return time === undefined ? '' : formatDuration(time);
}

function timeOf({ state, started, ended }: JobInfo, now: number): number | undefined {
  const hasRun = started !== undefined && started > 0;
  if (!hasRun || state === 'waiting' || state === 'queued') return undefined;
  return (ended ?? now) - started;
}
