/** What built-ins may do with the agent's own log and with what all jobs say. The agent fulfils it. */
import type { LogRecord } from '../protocol/log-record.ts';

export type AgentLogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Which records of all. */
export interface LogFilter {
  /** Messages of jobs, and how they ended. */
  readonly jobs: boolean;
  /** Only messages of these levels. */
  readonly levels?: readonly number[];
  /** Only jobs that have all these tags. */
  readonly tags?: readonly string[];
  /** The agent's own log from this level on. */
  readonly agent?: AgentLogLevel;
  /** The newest records of before, at most. */
  readonly backlog: number;
}

/** Reads records in order. One that is too slow loses the oldest of what waits and is told how many; it never holds up anybody. */
export interface LogReader {
  /** About `maxBytes` of records, at least one; waits for one. `dropped` are missing before them. Undefined when closed. */
  next(maxBytes: number): Promise<{ readonly items: readonly LogRecord[]; readonly dropped: number } | undefined>;
  /** Idempotent. */
  close(): void;
}

export interface LogAccess {
  /** The least that is logged. */
  readonly level: AgentLogLevel;
  /** From now on, or until `forMs` milliseconds have passed; then it is as before. Errors: `not-able`. */
  setLevel(level: AgentLogLevel, forMs?: number): void;
  /** Goes on in whatever file has the log's path now. Errors: `not-able`. */
  reopen(): void;
  follow(filter: LogFilter): LogReader;
}
