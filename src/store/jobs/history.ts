/** Pages of the history. Runs in the database thread. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { HistoryPage, HistoryQuery } from '../../engine/job-store.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { INFO_COLUMNS, jobInfo, type Row } from './job-rows.ts';

const MOST_JOBS = 1000;
/** Shapes of query whose statement is kept ready. */
const STATEMENTS_KEPT = 64;

interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/**
 * The entries under one key (all jobs, or those with a tag) are walked newest first. All that can be
 * asked for but further tags stands in them, so however few of them fit, nothing else is read.
 */
export function prepareHistory(database: DatabaseSync) {
  const statements = new Map<string, StatementSync>();
  const statementOf = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const oldest = statements.size < STATEMENTS_KEPT ? undefined : statements.keys().next().value;
    if (oldest !== undefined) statements.delete(oldest);
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  return {
    history: (query: HistoryQuery): HistoryPage => {
      const limit = Math.min(Math.max(Math.trunc(query.limit), 1), MOST_JOBS);
      const { sql, values } = historyStatement(query);
      const rows = statementOf(sql).all(...values, limit + 1);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const jobs = page.map(jobInfo);
      return rows.length > limit && last !== undefined ? { jobs, cursor: cursorAt(last) } : { jobs };
    },
  };
}

/**
 * The statement for a query and its values, all but the limit, which is the last.
 *
 * Errors: AgentError `bad-arguments` for a cursor that is not one of ours.
 */
export function historyStatement(query: HistoryQuery): Condition {
  const conditions = conditionsOf(query);
  return {
    sql: `
      SELECT history.ended_at AS at, history.job AS job, ${INFO_COLUMNS}
      FROM (SELECT ended_at, job FROM history AS entry
            WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}
            ORDER BY ended_at DESC, job DESC LIMIT ?) AS history
      CROSS JOIN jobs ON jobs.job = history.job
      CROSS JOIN results ON results.job = history.job`,
    values: conditions.flatMap(({ values }) => values),
  };
}

function conditionsOf(query: HistoryQuery): readonly Condition[] {
  const [key = '', ...tags] = new Set(query.tags);
  const conditions: Condition[] = [{ sql: 'key = ?', values: [key] }];
  const add = (sql: string, ...values: SQLInputValue[]): number => conditions.push({ sql, values });
  if (query.cursor !== undefined) add('(ended_at, job) < (?, ?)', ...positionOf(query.cursor));
  if (query.since !== undefined) add('ended_at >= ?', query.since);
  if (query.until !== undefined) add('ended_at < ?', query.until);
  if (query.command !== undefined) add('name = ?', query.command);
  if (query.queue !== undefined) add('queue = ?', query.queue);
  if (query.states !== undefined) add(`state IN (${placeholders(query.states)})`, ...query.states);
  if (query.reasons !== undefined) add(`reason IN (${placeholders(query.reasons)})`, ...query.reasons);
  for (const tag of tags) {
    add(
      'EXISTS (SELECT 1 FROM history AS other WHERE other.key = ? AND other.ended_at = entry.ended_at AND other.job = entry.job)',
      tag,
    );
  }
  return conditions;
}

function placeholders(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}

function cursorAt(row: Row): string {
  return `${String(row['at'])}.${String(row['job'])}`;
}

function positionOf(cursor: string): [number, number] {
  const match = /^(-?\d{1,16})\.(\d{1,16})$/.exec(cursor);
  if (match === null) throw new AgentError('bad-arguments', 'Cannot read the history: its cursor is not one of ours');
  return [Number(match[1]), Number(match[2])];
}
