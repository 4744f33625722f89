/** What `corex logs` is asked for, and where in a job's output that is. */
import type { JobsApi } from '../client/jobs-api.ts';
import type { JobHandle } from '../client/job-handle.ts';
import type { OptionSpecs, OptionValues } from './cli-command.ts';
import { UsageError } from './cli-error.ts';
import { readLevels } from './level-choice.ts';
import { tailPosition } from './log-range.ts';
import type { LogChoice, LogRange } from './log-reading.ts';
import { readMoment } from './moments.ts';

/** The options that say what is wanted and how it looks. */
export const LOG_OPTIONS = {
  follow: { type: 'flag', short: 'f', summary: 'go on until the job has ended' },
  tail: { type: 'integer', short: 'n', value: 'N', min: 0, max: 1_000_000, summary: 'only the last N lines' },
  since: {
    type: 'text',
    value: 'TIME',
    summary: 'only what came then or later: 10m ago, 14:05 today, 2026-01-31T14:05:00Z',
  },
  until: { type: 'text', value: 'TIME', summary: 'only what came before then' },
  from: { type: 'integer', value: 'POSITION', min: 0, summary: 'only what stands at or after this position' },
  level: {
    type: 'text',
    short: 'l',
    value: 'LEVEL',
    multiple: true,
    summary: 'only messages of this level, by name, number or range: warning, 8, 7-9',
  },
  stdout: { type: 'flag', summary: 'only standard output' },
  stderr: { type: 'flag', summary: 'only standard error' },
  messages: { type: 'flag', short: 'm', summary: 'messages with time and level instead of bytes' },
  timestamps: { type: 'flag', short: 't', summary: 'each message behind its date and time' },
  raw: { type: 'flag', summary: 'bytes exactly as they were written, also on a terminal and of several jobs' },
} as const satisfies OptionSpecs;

type LogOptions = OptionValues<typeof LOG_OPTIONS>;

export interface LogWishes extends LogChoice, Pick<LogOptions, 'follow' | 'tail' | 'from' | 'timestamps' | 'raw'> {
  /** Milliseconds since 1970. */
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** Messages are wanted, not bytes; with their level. */
  readonly messages: boolean;
  readonly showsLevels: boolean;
  readonly json: boolean;
}

/** Reads the options. Errors: UsageError for those that do not go together. */
export function readWishes(
  options: LogOptions & { readonly json: boolean },
  ids: readonly string[],
  now: number,
): LogWishes {
  const { follow, tail, from, since, until, timestamps, raw, messages, json, stdout, stderr } = options;
  const levels = readLevels(options.level);
  refusePairs([
    ['--tail', tail !== undefined, '--from', from !== undefined, 'both say where to begin'],
    ['--since', since !== undefined, '--from', from !== undefined, 'both say where to begin'],
    ['--until', until !== undefined, '--follow', follow, 'one ends where the other goes on'],
    ['--from', from !== undefined, 'several jobs', ids.length > 1, 'each has positions of its own'],
    ['--raw', raw, '--messages', messages, 'messages are not as they were written'],
    ['--raw', raw, '--timestamps', timestamps, 'messages have times, bytes have none'],
    ['--raw', raw, '--level', levels !== undefined, 'messages have levels, bytes have none'],
    ['--raw', raw, '--json', json, 'JSON is made of messages'],
    ['--raw', raw && follow, '--follow for several jobs', ids.length > 1, 'nobody could tell them apart'],
  ]);
  return {
    follow,
    tail,
    from,
    since: since === undefined ? undefined : readMoment('--since', since, now),
    until: until === undefined ? undefined : readMoment('--until', until, now),
    stdout,
    stderr,
    levels,
    timestamps,
    raw,
    messages: !raw && (messages || timestamps || json || levels !== undefined || ids.length > 1),
    showsLevels: messages || levels !== undefined,
    json,
  };
}

/** Where in a job's output that is. Errors: AgentError `unknown-job`. */
export async function chooseRange(
  jobs: Pick<JobsApi, 'get' | 'position'>,
  job: JobHandle,
  wishes: LogWishes,
): Promise<LogRange> {
  const { follow, tail, from, since, until, levels } = wishes;
  const { output, state } = await jobs.get(job.id);
  const last = until === undefined ? output : Math.min(output, await jobs.position(job.id, until));
  const end = follow || (state === 'settled' && until === undefined) ? undefined : last;
  const first = since === undefined ? (from ?? 0) : await jobs.position(job.id, since);
  if (tail === undefined) return { from: first === 0 ? 'start' : first, end };
  // Of messages that are chosen by level the last ones may be anywhere.
  if (levels !== undefined) return { from: follow && since === undefined ? { tail } : first, end };
  return { from: Math.max(first, await tailPosition(job, last, tail)), end };
}

type Pair = readonly [one: string, isOne: boolean, other: string, isOther: boolean, why: string];

function refusePairs(pairs: readonly Pair[]): void {
  for (const [one, isOne, other, isOther, why] of pairs) {
    if (isOne && isOther) throw new UsageError(`Cannot use ${one} with ${other}: ${why}`);
  }
}
