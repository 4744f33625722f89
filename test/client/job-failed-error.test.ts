import { expect, test } from 'vitest';
import { isJobFailedError, JobFailedError } from '../../src/client/job-failed-error.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { successOf } from '../fakes/scripted-job.ts';

const error = { code: 'no-such-program', message: 'Cannot find "nope"' };

test.each<[Partial<JobResult>, string]>([
  [{ reason: 'exited', exit: { code: 3 } }, 'failed with exit code 3'],
  [{ reason: 'signaled', exit: { signal: 'SIGSEGV' } }, 'was ended by signal SIGSEGV'],
  [{ reason: 'timeout', exit: { signal: 'SIGTERM' } }, 'ran longer than its max_time and ended with signal SIGTERM'],
  [{ reason: 'killed', exit: { signal: 'SIGKILL' } }, 'was killed and ended with signal SIGKILL'],
  [{ reason: 'cancelled' }, 'was cancelled before it ran'],
  [{ reason: 'out-of-memory' }, 'ran out of memory'],
  [{ reason: 'spawn-failed', error }, 'could not be started: Cannot find "nope"'],
  [{ reason: 'failed', error }, 'failed: Cannot find "nope"'],
  [{ reason: 'lost' }, 'was lost: how it ended is unknown'],
  [{ reason: 'rejected', error }, 'was refused: Cannot find "nope"'],
])('JobFailedError tells in words how a job ended: %o', (facts, words) => {
  const result = { ...successOf('a'), state: 'ERROR' as const, ...facts };
  const failed = new JobFailedError(result);
  expect(failed.message).toBe(`Job "a" (fake.print) ${words}`);
  expect(failed.result).toBe(result);
  expect(isJobFailedError(failed)).toBe(true);
});

test('isJobFailedError() knows no other error', () => {
  expect(isJobFailedError(new Error('no'))).toBe(false);
  expect(isJobFailedError({ name: 'JobFailedError', result: {} })).toBe(false);
});
