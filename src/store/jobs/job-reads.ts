/** What is read of a job. Runs in the database thread. */
import type { DatabaseSync } from 'node:sqlite';
import type { FinishedJob, UnfinishedJob } from '../../engine/job-store.ts';
import type { JobInfo } from '../../protocol/job-info.ts';
import type { UnfinishedLinks } from './graph-statements.ts';
import { finishedJob, INFO_COLUMNS, jobInfo, unfinishedJob } from './job-rows.ts';

/** What a job's rows hold of its output. */
export interface StoredOutput {
  /** Encoded items of finished runs that are in no file, oldest first. */
  readonly parts: readonly Uint8Array[];
  /** Position after the last byte of all finished runs. */
  readonly end: number;
  readonly settled: boolean;
}

/** How a job of which there is a folder stands: `undefined` when there is no such job. */
export type JobStanding = 'live' | { readonly endedAt: number } | undefined;

export function prepareJobReads(database: DatabaseSync, links: () => UnfinishedLinks) {
  const unfinished = database.prepare(
    `SELECT live.*, jobs.*, notes.note FROM live JOIN jobs USING (job)
     LEFT JOIN notes ON notes.job = live.job AND notes.run = live.run ORDER BY live.job`,
  );
  const find = database.prepare(
    `SELECT uid, id, hash, raw, output_end, result FROM jobs JOIN results USING (job) WHERE id = ? AND expires_at > ?`,
  );
  const info = database.prepare(
    `SELECT ${INFO_COLUMNS} FROM jobs JOIN results USING (job) WHERE jobs.id = ? AND results.expires_at > ?`,
  );
  const outputEnd = database.prepare(
    `SELECT jobs.job, coalesce(results.output_end, live.output_end) AS end, results.job IS NOT NULL AS settled
     FROM jobs LEFT JOIN results USING (job) LEFT JOIN live USING (job) WHERE jobs.uid = ?`,
  );
  const parts = database.prepare('SELECT items FROM outputs WHERE job = ? ORDER BY part');
  const standing = database.prepare('SELECT ended_at FROM jobs LEFT JOIN results USING (job) WHERE uid = ?');
  const count = database.prepare('SELECT count(*) AS count FROM results');
  const probes = [
    'SELECT count(*) FROM live JOIN jobs USING (job)',
    'SELECT * FROM jobs ORDER BY job DESC LIMIT 1',
    'SELECT * FROM results ORDER BY job DESC LIMIT 1',
    'SELECT * FROM history ORDER BY key DESC LIMIT 1',
    'SELECT * FROM outputs ORDER BY job DESC LIMIT 1',
    'SELECT * FROM notes ORDER BY job DESC LIMIT 1',
    'SELECT * FROM met ORDER BY job DESC LIMIT 1',
    'SELECT * FROM members ORDER BY batch DESC LIMIT 1',
  ].map((sql) => database.prepare(sql));

  return {
    /** Every live job, in order of acceptance. */
    unfinished: (): UnfinishedJob[] => {
      const linked = links();
      return unfinished.all().map((row) => ({ ...unfinishedJob(row), ...linked.get(Number(row['job'])) }));
    },

    find: (id: string, now: number): FinishedJob | undefined => {
      const row = find.get(id, now);
      return row === undefined ? undefined : finishedJob(row);
    },

    info: (id: string, now: number): JobInfo | undefined => {
      const row = info.get(id, now);
      return row === undefined ? undefined : jobInfo(row);
    },

    output: (uid: string): StoredOutput | undefined => {
      const row = outputEnd.get(uid);
      if (row === undefined) return undefined;
      const { job = null, end, settled } = row;
      return {
        parts: parts.all(job).map((part) => part['items'] as Uint8Array),
        end: Number(end),
        settled: settled === 1,
      };
    },

    standings: (uids: readonly string[]): JobStanding[] =>
      uids.map((uid) => {
        const row = standing.get(uid);
        if (row === undefined) return undefined;
        return typeof row['ended_at'] === 'number' ? { endedAt: row['ended_at'] } : 'live';
      }),

    countFinished: (): number => Number(count.get()?.['count']),

    /** Reads a little of every table, so that a damaged file is noticed before anything relies on it. */
    probe: (): void => {
      for (const statement of probes) statement.all();
    },
  };
}
