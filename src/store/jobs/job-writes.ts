/** What is written of a job from its acceptance to its end. Runs in the database thread. */
import type { DatabaseSync } from 'node:sqlite';
import type { FinishedJob } from '../../engine/job-store.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { JoinRow, LinksRow } from './graph-statements.ts';
import { finishedJob, readTags, type Row } from './job-rows.ts';

/** Output of finished runs that a job's row may hold; older parts are dropped beyond it. */
const OUTPUT_ROW_BYTES = 64 * 1024;

/** An acceptance without its intent, as it crosses the thread. `tags` is JSON, booleans are 0 or 1. */
export type AcceptRow = readonly [
  uid: string,
  id: string,
  hash: string,
  name: string,
  queue: string | null,
  priority: number,
  acceptedAt: number,
  protectedFlag: number,
  raw: number,
  title: string | null,
  tags: string,
  command: string,
];

/** A run that is about to be started; nulls for none. */
export type IntentRow = readonly [run: number | null, place: string | null, epoch: string | null];

/** What is kept of a job between its runs. */
export type ProgressRow = readonly [
  failures: number,
  dueAt: number | null,
  outputEnd: number,
  outputDropped: number,
  final: number,
  lastRun: string | null,
];

/** A settled outcome without its output. */
export type ResultRow = readonly [
  state: string,
  code: number,
  reason: string,
  runs: number,
  startedAt: number | null,
  endedAt: number,
  expiresAt: number,
  outputEnd: number,
  result: string,
];

/** `replaced` is the uid of the expired job that was removed for this one. */
export type AcceptAnswer = { readonly exists: FinishedJob } | { readonly replaced: string } | undefined;

/** What {@link prepareJobWrites} needs to remove an expired job. */
export type RemoveJob = (job: number) => void;

/** What it needs of what is kept of jobs that belong together. */
export interface GraphWrites {
  join(job: number | bigint, id: string, row: JoinRow): void;
  release(job: number, links: LinksRow): void;
}

export function prepareJobWrites(database: DatabaseSync, remove: RemoveJob, graph: GraphWrites) {
  const insertJob = database.prepare(
    `INSERT INTO jobs (uid, id, hash, name, queue, priority, accepted_at, protected, raw, title, tags, command)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  );
  const insertLive = database.prepare('INSERT INTO live (job, run, place, epoch, runs) VALUES (?, ?, ?, ?, ?)');
  const findHolder = database.prepare(
    `SELECT job, uid, id, hash, raw, result, output_end, expires_at FROM jobs LEFT JOIN results USING (job) WHERE id = ?`,
  );
  const setIntent = database.prepare(
    `UPDATE live SET runs = runs + (run IS NOT ?1), run = ?1, place = ?2, epoch = ?3
     WHERE job = (SELECT job FROM jobs WHERE uid = ?4)`,
  );
  const findLive = database.prepare('SELECT job, name, queue, tags FROM jobs WHERE uid = ?');
  const deleteLive = database.prepare('DELETE FROM live WHERE job = ?');
  const insertResult = database.prepare(
    `INSERT INTO results (job, state, code, reason, runs, started_at, ended_at, expires_at, output_end, result)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertHistory = database.prepare(
    'INSERT OR IGNORE INTO history (key, ended_at, job, state, reason, name, queue) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const setProgress = database.prepare(
    `UPDATE live SET place = NULL, epoch = NULL, failures = ?, due_at = ?, output_end = ?, output_dropped = ?, final = max(final, ?), last_run = ?
     WHERE job = ?`,
  );
  const sumOutput = database.prepare(
    'SELECT max(part) AS last, sum(length(items)) AS bytes FROM outputs WHERE job = ?',
  );
  const insertOutput = database.prepare('INSERT INTO outputs (job, part, items) VALUES (?, ?, ?)');
  const listParts = database.prepare('SELECT part, length(items) AS bytes FROM outputs WHERE job = ? ORDER BY part');
  const deletePart = database.prepare('DELETE FROM outputs WHERE job = ? AND part = ?');
  const setFinal = database.prepare('UPDATE live SET final = 1 WHERE job = ?');
  const setDue = database.prepare('UPDATE live SET due_at = ? WHERE job = ?');
  const setPriority = database.prepare('UPDATE jobs SET priority = ? WHERE job = ?');
  const unprotect = database.prepare('UPDATE jobs SET protected = 0 WHERE job = ?');
  const isLive = database.prepare('SELECT 1 FROM live WHERE job = ?');

  const insertNote = database.prepare(
    `INSERT INTO notes (job, run, note)
     SELECT job, ?2, ?3 FROM jobs JOIN live USING (job) WHERE uid = ?1 AND place IS NOT NULL AND run = ?2
     ON CONFLICT (job) DO UPDATE SET run = excluded.run, note = excluded.note`,
  );
  const deleteNote = database.prepare('DELETE FROM notes WHERE job = ?');

  const liveJob = (uid: string): Row => {
    const row = findLive.get(uid);
    if (row === undefined) throw notLive(uid);
    return row;
  };

  const appendOutput = (job: number, items: Uint8Array): void => {
    const before = sumOutput.get(job);
    insertOutput.run(job, Number(before?.['last'] ?? 0) + 1, items);
    let excess = Number(before?.['bytes'] ?? 0) + items.byteLength - OUTPUT_ROW_BYTES;
    if (excess <= 0 || before?.['last'] === null) return;
    for (const { part, bytes } of listParts.all(job).slice(0, -1)) {
      if (excess <= 0) return;
      deletePart.run(job, part ?? null);
      excess -= Number(bytes);
    }
  };

  return {
    /** Writes the job unless a finished one that has not expired at `now` has its id. */
    accept: (row: AcceptRow, intent: IntentRow, now: number, join?: JoinRow): AcceptAnswer => {
      let replaced: string | undefined;
      let inserted = insertJob.run(...row);
      if (inserted.changes === 0) {
        const holder = findHolder.get(row[1]) ?? {};
        if (holder['result'] === null) {
          throw new AgentError('duplicate-id', `Cannot accept job "${row[1]}": a live job has this id`);
        }
        if (Number(holder['expires_at']) > now) return { exists: finishedJob(holder) };
        remove(Number(holder['job']));
        replaced = String(holder['uid']);
        inserted = insertJob.run(...row);
      }
      insertLive.run(inserted.lastInsertRowid, ...intent, intent[0] === null ? 0 : 1);
      if (join !== undefined) graph.join(inserted.lastInsertRowid, row[1], join);
      return replaced === undefined ? undefined : { replaced };
    },

    intend: (uid: string, [run, place, epoch]: IntentRow): void => {
      if (setIntent.run(run, place, epoch, uid).changes === 0) throw notLive(uid);
    },

    note: (uid: string, run: number, note: string): void => {
      insertNote.run(uid, run, note);
    },

    settle: (uid: string, output: Uint8Array | null, row: ResultRow, links?: LinksRow): void => {
      const found = liveJob(uid);
      const job = Number(found['job']);
      if (deleteLive.run(job).changes === 0) throw notLive(uid);
      if (links !== undefined) graph.release(job, links);
      deleteNote.run(job);
      if (output !== null) appendOutput(job, output);
      insertResult.run(job, ...row);
      const [state, , reason, , , endedAt] = row;
      const { name = null, queue = null } = found;
      insertHistory.run('', endedAt, job, state, reason, name, queue);
      if (found['tags'] === '[]') return;
      for (const tag of readTags(found)) insertHistory.run(tag, endedAt, job, state, reason, name, queue);
    },

    again: (uid: string, output: Uint8Array | null, row: ProgressRow): void => {
      const job = Number(liveJob(uid)['job']);
      if (setProgress.run(...row, job).changes === 0) throw notLive(uid);
      deleteNote.run(job);
      if (output !== null) appendOutput(job, output);
    },

    change: (uid: string, final: boolean, priority: number | null, dueAt: number | null): void => {
      const job = Number(liveJob(uid)['job']);
      if (isLive.get(job) === undefined) throw notLive(uid);
      if (final) {
        setFinal.run(job);
        unprotect.run(job);
      }
      if (priority !== null) setPriority.run(priority, job);
      if (dueAt !== null) setDue.run(dueAt, job);
    },

    /** Counts this opening and answers its number. */
    countOpening: (): number => {
      const row = database
        .prepare(
          `INSERT INTO meta (key, value) VALUES ('generation', 1)
           ON CONFLICT (key) DO UPDATE SET value = value + 1 RETURNING value`,
        )
        .get();
      return Number(row?.['value']);
    },
  };
}

function notLive(uid: string): AgentError {
  return new AgentError('unknown-job', `Cannot write to job ${uid}: it is not live in the store`);
}
