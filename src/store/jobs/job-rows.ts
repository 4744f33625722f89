/** Rows of the jobs' tables and the plain things they stand for. */
import type { SQLOutputValue } from 'node:sqlite';
import type { FinishedJob, UnfinishedJob } from '../../engine/job-store.ts';
import { parseTrustedJson } from '../../base/json.ts';
import type { JobInfo } from '../../protocol/job-info.ts';

/** One row, by column name. */
export type Row = Record<string, SQLOutputValue>;

/** The columns {@link jobInfo} reads. */
export const INFO_COLUMNS = `jobs.id, jobs.name, jobs.title, jobs.queue, jobs.priority, jobs.tags, jobs.accepted_at, jobs.protected,
  results.state, results.code, results.reason, results.runs, results.started_at, results.ended_at, results.output_end`;

export function readTags(row: Row): readonly string[] {
  return row['tags'] === '[]' ? [] : (parseTrustedJson(String(row['tags'])) as string[]);
}

/** What is told of a settled job. */
export function jobInfo(row: Row): JobInfo {
  const queue = textOf(row, 'queue');
  const title = textOf(row, 'title');
  const started = numberOf(row, 'started_at');
  return {
    id: String(row['id']),
    command: String(row['name']),
    ...(title === undefined ? {} : { title }),
    state: 'settled',
    ...(queue === undefined ? {} : { queue }),
    priority: Number(row['priority']),
    tags: [...readTags(row)],
    runs: Number(row['runs']),
    accepted: Number(row['accepted_at']),
    ...(started === undefined ? {} : { started }),
    ended: Number(row['ended_at']),
    output: Number(row['output_end']),
    ...(row['protected'] === 1 ? { protected: true } : {}),
    result: { state: String(row['state']), code: Number(row['code']), reason: String(row['reason']) },
  };
}

/** A settled job with its result. */
export function finishedJob(row: Row): FinishedJob {
  return {
    uid: String(row['uid']),
    id: String(row['id']),
    hash: String(row['hash']),
    result: String(row['result']),
    outputEnd: Number(row['output_end']),
    raw: row['raw'] === 1,
  };
}

/** A live job. */
export function unfinishedJob(row: Row): UnfinishedJob {
  const place = textOf(row, 'place');
  return {
    uid: String(row['uid']),
    id: String(row['id']),
    hash: String(row['hash']),
    command: String(row['command']),
    name: String(row['name']),
    tags: readTags(row),
    queue: textOf(row, 'queue'),
    priority: Number(row['priority']),
    acceptedAt: Number(row['accepted_at']),
    protected: row['protected'] === 1,
    raw: row['raw'] === 1,
    title: textOf(row, 'title'),
    intent: place === undefined ? undefined : { run: Number(row['run']), place, epoch: String(row['epoch']) },
    runs: Number(row['runs']),
    failures: Number(row['failures']),
    dueAt: numberOf(row, 'due_at'),
    outputEnd: Number(row['output_end']),
    outputDropped: Number(row['output_dropped']),
    final: row['final'] === 1,
    lastRun: textOf(row, 'last_run'),
    note: textOf(row, 'note'),
  };
}

function textOf(row: Row, column: string): string | undefined {
  const value = row[column];
  return typeof value === 'string' ? value : undefined;
}

function numberOf(row: Row, column: string): number | undefined {
  const value = row[column];
  return typeof value === 'number' ? value : undefined;
}
