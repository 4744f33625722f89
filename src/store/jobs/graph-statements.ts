/** What is kept of jobs that wait for others, and of batches. Runs in the database thread. */
import type { DatabaseSync } from 'node:sqlite';
import type { Fate, MemberRow, Membership } from '../../engine/batches/membership.ts';
import type { JobProgressFacts } from '../../engine/graph/judge.ts';
import type { UnfinishedJob } from '../../engine/job-store.ts';
import type { State } from '../../protocol/reasons.ts';
import type { Row } from './job-rows.ts';

/** That a job belongs to a batch, as it crosses the thread. */
export type MembershipRow = readonly [batch: string, width: number | null, stops: number];

/** What else is kept of a job from the start. */
export interface JoinRow {
  readonly membership: MembershipRow | null;
  readonly met: readonly number[];
}

/** What else goes or changes when a job settles. */
export interface LinksRow {
  readonly hasMet: boolean;
  /** Set for a batch. */
  readonly batch: string | null;
  readonly member: readonly [batch: string, id: string] | null;
  readonly fate: readonly [state: string, code: number, reason: string, startedAt: number, endedAt: number] | null;
}

/** The parts of an unfinished job that stand in these tables, by its number. */
export type UnfinishedLinks = ReadonlyMap<number, Pick<UnfinishedJob, 'met' | 'membership'>>;

export function prepareGraph(database: DatabaseSync) {
  const ending = database.prepare(
    'SELECT state, started_at FROM jobs JOIN results USING (job) WHERE id = ? AND expires_at > ?',
  );
  const insertMet = database.prepare(
    `INSERT OR IGNORE INTO met (job, dependency)
     SELECT job, ?2 FROM jobs JOIN live USING (job) WHERE uid = ?1`,
  );
  const insertMetOf = database.prepare('INSERT OR IGNORE INTO met (job, dependency) VALUES (?, ?)');
  const deleteMet = database.prepare('DELETE FROM met WHERE job = ?');
  const listMet = database.prepare('SELECT job, dependency FROM met ORDER BY job, dependency');
  const insertMember = database.prepare(
    `INSERT INTO members (batch, id, job, width, stops) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (batch, id) DO UPDATE SET job = excluded.job, width = excluded.width, stops = excluded.stops`,
  );
  const enrol = database.prepare('INSERT OR IGNORE INTO members (batch, id, stops) VALUES (?, ?, 0)');
  const setFate = database.prepare(
    `UPDATE members SET state = ?3, code = ?4, reason = ?5, started_at = ?6, ended_at = ?7 WHERE batch = ?1 AND id = ?2`,
  );
  const deleteMembers = database.prepare('DELETE FROM members WHERE batch = ?');
  const listMembers = database.prepare('SELECT * FROM members WHERE batch = ?');
  const listLive = database.prepare(
    'SELECT job, batch, width, stops FROM members WHERE job IS NOT NULL AND state IS NULL',
  );

  return {
    /** A job was accepted that belongs to a batch, or waits for others of which some have come so far. */
    join: (job: number | bigint, id: string, { membership, met }: JoinRow): void => {
      if (membership !== null) {
        const [batch, width, stops] = membership;
        insertMember.run(batch, id, job, width, stops);
      }
      for (const dependency of met) insertMetOf.run(job, dependency);
    },

    /** A job settles. */
    release: (job: number, { hasMet, batch, member, fate }: LinksRow): void => {
      if (hasMet) deleteMet.run(job);
      if (batch !== null) deleteMembers.run(batch);
      if (member !== null && fate !== null) setFate.run(...member, ...fate);
    },

    /** What stands here of live jobs. */
    unfinished: (): UnfinishedLinks => {
      const links = new Map<number, { met?: number[]; membership?: Membership }>();
      const of = (row: Row): { met?: number[]; membership?: Membership } => {
        const job = Number(row['job']);
        const known = links.get(job) ?? {};
        links.set(job, known);
        return known;
      };
      for (const row of listMet.all()) (of(row).met ??= []).push(Number(row['dependency']));
      for (const row of listLive.all()) {
        const width = row['width'] === null ? undefined : Number(row['width']);
        of(row).membership = { batch: String(row['batch']), width, stopsOnFailure: row['stops'] === 1 };
      }
      return links;
    },

    reads: {
      /** How settled jobs ended that have not expired at `now`; undefined for the others. */
      endings: (ids: readonly string[], now: number): (JobProgressFacts | undefined)[] =>
        ids.map((id) => {
          const row = ending.get(id, now);
          return row === undefined
            ? undefined
            : { ended: String(row['state']) as State, hasStarted: row['started_at'] !== null };
        }),

      members: (batch: string): MemberRow[] =>
        listMembers.all(batch).map((row) => ({ id: String(row['id']), fate: fateOf(row) })),
    },

    writes: {
      meet: (uid: string, dependency: number): void => {
        insertMet.run(uid, dependency);
      },

      enrol: (batch: string, id: string): void => {
        enrol.run(batch, id);
      },
    },
  };
}

function fateOf(row: Row): Fate | undefined {
  if (row['state'] === null) return undefined;
  return {
    state: String(row['state']),
    code: Number(row['code']),
    reason: String(row['reason']),
    startedAt: Number(row['started_at']),
    endedAt: Number(row['ended_at']),
  };
}
