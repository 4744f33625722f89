/** Removal of what is kept no longer. Runs in the database thread. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { readTags } from './job-rows.ts';

/** What one step of the sweep may remove. */
export interface SweepLimits {
  /** Results that expired at or before this wall time go. */
  readonly now: number;
  /** The oldest this many go, expired or not. */
  readonly excess: number;
  /** The oldest go while the file has more bytes in use than this. */
  readonly maxBytes: number;
  /** Time the step may take, milliseconds. */
  readonly budgetMs: number;
}

/** The uids of what was removed; `more` when there is more to remove. */
export interface Swept {
  readonly uids: readonly string[];
  readonly more: boolean;
}

/** Pages given back to the file system between two looks at the clock. */
const VACUUM_PAGES = 32;
/** Empty pages that are kept for reuse: at least 4 MiB, and a quarter of the file. */
const SPARE_PAGES = 1024;
const SPARE_SHARE = 0.25;

export function prepareRetention(database: DatabaseSync) {
  const findJob = database.prepare('SELECT uid, tags, ended_at FROM jobs JOIN results USING (job) WHERE job = ?');
  const deletions = ['results', 'jobs', 'outputs'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE job = ?`),
  );
  const deleteHistory = database.prepare('DELETE FROM history WHERE key = ? AND ended_at = ? AND job = ?');
  const oldestExpired = database.prepare('SELECT job FROM results WHERE expires_at <= ? ORDER BY expires_at LIMIT 1');
  const oldestEnded = database.prepare(`SELECT job FROM history WHERE key = '' ORDER BY ended_at, job LIMIT 1`);
  const pages = {
    size: pragma(database, 'page_size'),
    all: pragma(database, 'page_count'),
    free: pragma(database, 'freelist_count'),
  };

  const usedBytes = (): number => (pages.all() - pages.free()) * pages.size();
  const spare = (): number => pages.free() - Math.max(SPARE_PAGES, Math.floor(pages.all() * SPARE_SHARE));

  /** Removes a settled job and all that belongs to it; answers its uid. */
  const remove = (job: number): string | undefined => {
    const row = findJob.get(job);
    if (row === undefined) return undefined;
    for (const key of ['', ...readTags(row)]) deleteHistory.run(key, row['ended_at'] ?? null, job);
    for (const deletion of deletions) deletion.run(job);
    return String(row['uid']);
  };

  const nextOf = (statement: StatementSync, ...values: number[]): number | undefined => {
    const job = statement.get(...values)?.['job'];
    return typeof job === 'number' ? job : undefined;
  };

  return {
    remove,
    reads: {},
    writes: {
      /** Removes jobs until nothing is due or the time is over. */
      sweep: ({ now, excess, maxBytes, budgetMs }: SweepLimits): Swept => {
        const until = performance.now() + budgetMs;
        const uids: string[] = [];
        for (;;) {
          let job = nextOf(oldestExpired, now);
          if (job === undefined && (uids.length < excess || usedBytes() > maxBytes)) job = nextOf(oldestEnded);
          if (job === undefined) return { uids, more: false };
          const uid = remove(job);
          if (uid !== undefined) uids.push(uid);
          if (performance.now() >= until) return { uids, more: true };
        }
      },

      /** Gives empty pages back to the file system; answers whether there are more than are kept. */
      shrink: (budgetMs: number): boolean => {
        const until = performance.now() + budgetMs;
        while (spare() > 0) {
          if (performance.now() >= until) return true;
          database.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
        }
        return false;
      },
    },
  };
}

function pragma(database: DatabaseSync, name: string): () => number {
  const statement = database.prepare(`PRAGMA ${name}`);
  return () => Number(statement.get()?.[name]);
}
