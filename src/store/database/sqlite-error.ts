/** What an error of SQLite means for whoever asked. */
import { AgentError, type ErrorBody, errorMessage, isAgentError } from '../../protocol/agent-error.ts';

const CORRUPT = 11;
const CONSTRAINT = 19;
const MISMATCH = 20;
const TOO_BIG = 18;
const RANGE = 25;
const NOT_A_DATABASE = 26;
const BUSY = 5;
const LOCKED = 6;

const OF_THE_STATEMENT: readonly number[] = [CONSTRAINT, MISMATCH, TOO_BIG, RANGE];

/** SQLite's primary result code; undefined for an error that is not SQLite's. */
export function sqliteCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : undefined;
}

/** Whether the file's content is not what SQLite wrote. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === CORRUPT || code === NOT_A_DATABASE;
}

/** Whether another connection holds the file. */
export function isLocked(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === BUSY || code === LOCKED;
}

/** Whether the one operation is at fault, not the database: its neighbours are not concerned. */
export function isOperationFault(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === undefined || OF_THE_STATEMENT.includes(code);
}

/** The error as its caller gets it. */
export function describeFailure(operation: string, error: unknown): ErrorBody {
  if (isAgentError(error)) return error.toJSON();
  const code = isOperationFault(error) ? 'internal' : 'store-unavailable';
  return new AgentError(code, `Cannot carry out "${operation}" in the store: ${errorMessage(error)}`).toJSON();
}
