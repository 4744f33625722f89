import type { JobResult } from '../protocol/result.ts';

/** A job ended, and not well. The whole truth is in `result`. */
export class JobFailedError extends Error {
  override readonly name = 'JobFailedError';
  readonly result: JobResult;

  constructor(result: JobResult) {
    super(`Job "${result.id}" (${result.command}) ${describeEnd(result)}`);
    this.result = result;
  }
}

/** Whether something thrown is a {@link JobFailedError}, of any copy of this module. */
export function isJobFailedError(error: unknown): error is JobFailedError {
  return error instanceof Error && error.name === 'JobFailedError' && 'result' in error;
}

function describeEnd({ reason, state, exit, error, code }: JobResult): string {
  const how = exit === undefined ? `code ${code}` : 'code' in exit ? `exit code ${exit.code}` : `signal ${exit.signal}`;
  switch (reason) {
    case 'exited':
      return `failed with ${how}`;
    case 'signaled':
      return `was ended by ${how}`;
    case 'timeout':
      return `ran longer than its max_time and ended with ${how}`;
    case 'killed':
      return `was killed and ended with ${how}`;
    case 'cancelled':
      return 'was cancelled before it ran';
    case 'dependency-failed':
      return `never ran: ${error?.message ?? `code ${code}`}`;
    case 'out-of-memory':
      return 'ran out of memory';
    case 'spawn-failed':
      return `could not be started: ${error?.message ?? `code ${code}`}`;
    case 'failed':
      return `failed: ${error?.message ?? `code ${code}`}`;
    case 'lost':
      return 'was lost: how it ended is unknown';
    case 'rejected':
      return `was refused: ${error?.message ?? state}`;
  }
}
