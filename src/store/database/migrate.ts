import type { DatabaseSync } from 'node:sqlite';
import { AgentError } from '../../protocol/agent-error.ts';

/** One step from a version of the tables to the next. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** The version of the tables, kept in the file's header. */
export function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

/**
 * Brings the tables to the newest version, in one transaction: all steps or none. `beforeChange` is
 * called first when there are tables already.
 *
 * Errors: AgentError `store-unavailable` when the file was written by a newer corex.
 */
export function migrate(
  database: DatabaseSync,
  steps: readonly Migration[],
  beforeChange: (version: number) => void,
): number {
  const before = schemaVersion(database);
  const newest = steps.at(-1)?.version ?? 0;
  if (before > newest) {
    throw new AgentError(
      'store-unavailable',
      `Cannot open the store: its tables have version ${before}, this corex knows versions up to ${newest}`,
      { details: { found: before, known: newest } },
    );
  }
  const due = steps.filter((step) => step.version > before);
  if (due.length === 0) return newest;
  if (before > 0) beforeChange(before);
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of due) database.exec(step.sql);
    database.exec(`PRAGMA user_version = ${newest}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
  return newest;
}
