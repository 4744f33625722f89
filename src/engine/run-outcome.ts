/** What a run's end means: the reason, state and code that everybody is told. One place decides. */
import { assertNever } from '../base/assert-never.ts';
import type { Condition, Dependency } from '../protocol/dependency.ts';
import { ERROR_CODES } from '../protocol/error-codes.ts';
import { CANCELLED_CODE, exitCode, FUNCTION_TIMEOUT_CODE, LOST_CODE } from '../protocol/reasons.ts';
import type { Reason, State } from '../protocol/reasons.ts';
import type { Exit } from '../protocol/run.ts';
import type { JobProgressFacts } from './graph/judge.ts';
import type { RunEnd, RunStart } from './process.ts';

export interface RunOutcome {
  readonly reason: Reason;
  readonly state: State;
  readonly code: number;
  readonly exit?: Exit;
  readonly error?: { readonly code: string; readonly message: string };
  /** Whether a restart could help: a program that isn't there won't be there in a second. */
  readonly retryable: boolean;
}

/** The outcome of a run that ended. `successCodes`: exit codes that mean success beside 0. */
export function outcomeOfEnd(end: RunEnd, successCodes: readonly number[]): RunOutcome {
  const { ending, stop } = end;
  switch (ending.type) {
    case 'exit': {
      const { exit } = ending;
      const code = exitCode(exit);
      if (stop !== undefined) return { ...stopped(stop), code, exit, retryable: true };
      if (ending.outOfMemory) return { reason: 'out-of-memory', state: 'ERROR', code, exit, retryable: true };
      if ('signal' in exit) return { reason: 'signaled', state: 'ERROR', code, exit, retryable: true };
      const success = exit.code === 0 || successCodes.includes(exit.code);
      return {
        reason: 'exited',
        state: success ? 'SUCCESS' : 'ERROR',
        code: success ? 0 : code,
        exit,
        retryable: true,
      };
    }
    case 'returned':
      if (stop !== undefined) return { ...stopped(stop), code: functionCode(stop), retryable: true };
      return { reason: 'exited', state: 'SUCCESS', code: 0, retryable: true };
    case 'threw': {
      const error = { code: ending.error.code, message: ending.error.message };
      if (stop !== undefined) return { ...stopped(stop), code: functionCode(stop), retryable: true };
      return { reason: 'failed', state: 'ERROR', code: ending.error.number, error, retryable: true };
    }
    case 'abandoned': {
      const error = {
        code: 'timeout',
        message: 'The function ignored its signal and was left behind; it may still run',
      };
      return { ...stopped(stop ?? 'killed'), code: functionCode(stop ?? 'killed'), error, retryable: true };
    }
    case 'lost':
      return {
        reason: 'lost',
        state: 'ERROR',
        code: LOST_CODE,
        error: { code: 'lost', message: ending.message },
        retryable: true,
      };
    default:
      return assertNever(ending);
  }
}

/** The outcome of a run that could not be started. */
export function outcomeOfFailedStart(start: RunStart & { type: 'failed' }): RunOutcome {
  return {
    reason: 'spawn-failed',
    state: 'ERROR',
    code: start.error.number,
    error: { code: start.error.code, message: start.error.message },
    retryable: start.retryable,
  };
}

/** The outcome of a job that a caller ended while it had no live run. */
export function outcomeOfIdleKill(runs: number): RunOutcome {
  const message = runs === 0 ? 'A caller cancelled it before its first run' : 'A caller stopped it between two runs';
  return {
    reason: runs === 0 ? 'cancelled' : 'killed',
    state: 'KILLED',
    code: ERROR_CODES.cancelled.number,
    error: { code: 'cancelled', message },
    retryable: false,
  };
}

const AWAITED: Readonly<Record<Condition, string>> = { success: 'to succeed', done: 'to end', started: 'to start' };

/** The outcome of a job that waited for one that can come no further; `facts` is undefined when that one was forgotten. */
export function outcomeOfFailedDependency(
  { id, condition }: Dependency,
  facts: JobProgressFacts | undefined,
): RunOutcome {
  const ended = condition === 'started' ? 'ended without a run' : `ended with state ${facts?.ended ?? ''}`;
  const why = facts === undefined ? 'is in the history no more' : ended;
  return {
    reason: 'dependency-failed',
    state: 'KILLED',
    code: ERROR_CODES['dependency-failed'].number,
    error: { code: 'dependency-failed', message: `It waited for the job "${id}" ${AWAITED[condition]}, which ${why}` },
    retryable: false,
  };
}

/** The outcome of a job that never ran as its batch starts nothing more. */
export function outcomeOfHalt(batch: string): RunOutcome {
  return {
    reason: 'cancelled',
    state: 'KILLED',
    code: ERROR_CODES.cancelled.number,
    error: { code: 'cancelled', message: `Its batch "${batch}" starts nothing more` },
    retryable: false,
  };
}

function stopped(stop: NonNullable<RunEnd['stop']>): Pick<RunOutcome, 'reason' | 'state' | 'error'> {
  switch (stop) {
    case 'timeout':
      return {
        reason: 'timeout',
        state: 'TIMEOUT',
        error: { code: 'timeout', message: 'It ran longer than its max_time' },
      };
    case 'killed':
      return { reason: 'killed', state: 'KILLED' };
    case 'shutdown':
      return { reason: 'killed', state: 'KILLED', error: { code: 'shutting-down', message: 'The agent was stopped' } };
    default:
      return assertNever(stop);
  }
}

/** A function that was stopped died of nothing: its code says why it was stopped. */
function functionCode(stop: NonNullable<RunEnd['stop']>): number {
  return stop === 'timeout' ? FUNCTION_TIMEOUT_CODE : CANCELLED_CODE;
}
