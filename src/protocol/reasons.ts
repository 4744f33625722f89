/** Why a job ended, and the state and code that follow from it. One table for all who need it. */
import type { Exit } from './run.ts';
import { signalNumber } from './signals.ts';

export const REASONS = [
  'exited',
  'signaled',
  'timeout',
  'killed',
  'cancelled',
  'dependency-failed',
  'out-of-memory',
  'spawn-failed',
  'failed',
  'lost',
  'rejected',
] as const;
export type Reason = (typeof REASONS)[number];

export const STATES = ['SUCCESS', 'ERROR', 'TIMEOUT', 'KILLED', 'UNKNOWN_CMD', 'DUPILICATE_ID'] as const;
export type State = (typeof STATES)[number];

/** What each reason means, for people. */
export const REASON_MEANINGS: Readonly<Record<Reason, string>> = {
  exited: 'the process ended by itself with an exit code, or the function returned',
  signaled: 'a signal nobody here sent ended the process',
  timeout: 'it ran longer than max_time and was stopped',
  killed: 'a caller stopped it',
  cancelled: 'a caller cancelled it before its first run',
  'dependency-failed': 'it never ran: a job it waited for can not come as far any more as it had to',
  'out-of-memory': 'the kernel ended it for lack of memory',
  'spawn-failed': 'no process could be started',
  failed: 'the built-in function threw',
  lost: 'whatever owned the process died, so how it ended is unknown',
  rejected: 'the command was refused; no job was made of it',
};

/** Codes at or above this carry a process's ending: 1000 + exit code, or 1000 + 128 + signal. */
export const EXIT_CODE_BASE = 1000;

/** The code of a process's ending: 1000 + exit code, or 1000 + 128 + signal number. */
export function exitCode(exit: Exit): number {
  return 'code' in exit ? EXIT_CODE_BASE + exit.code : EXIT_CODE_BASE + 128 + signalNumber(exit.signal);
}

/** Code of a built-in that was killed, and of one that ran out of time: nothing died, so no signal tells. */
export const CANCELLED_CODE = 499;
export const FUNCTION_TIMEOUT_CODE = 504;
export const LOST_CODE = 503;
