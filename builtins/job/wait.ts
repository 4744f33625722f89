import * as z from 'zod';
import { AgentError, defineBuiltin, JobId, type JobResult } from 'corex/builtin';
import { EXAMPLE_RESULT } from './example-result.ts';
import { awaitSettlement } from './settlement.ts';

/** Longest timeout in seconds: a system timer holds no more than 24 days. */
const LONGEST_TIMEOUT = 2_000_000;

const Arguments = z.strictObject({
  id: JobId.describe('Id of the job.'),
  timeout: z
    .number()
    .min(0)
    .max(LONGEST_TIMEOUT)
    .nullish()
    .describe('Seconds to wait at most. None: until it settles.'),
});

export const jobWait = defineBuiltin({
  name: 'job.wait',
  summary: 'The result of a job, as soon as it has settled.',
  arguments: Arguments,
  errors: ['unknown-job', 'timeout', 'cancelled'],
  example: { arguments: { id: 'backup', timeout: 60 }, data: EXAMPLE_RESULT },
  run: async ({ id, timeout }, { jobs, signal }) => {
    const view = await jobs.view(id);
    using settlement = awaitSettlement(view.result);
    using patience = giveUp(id, timeout ?? 0, signal);
    return await Promise.race([settlement.result, patience.over]);
  },
});

/** Rejects when the time is over (0: never) or the caller is gone. */
function giveUp(id: string, seconds: number, signal: AbortSignal): Disposable & { readonly over: Promise<JobResult> } {
  const { promise, reject } = Promise.withResolvers<JobResult>();
  const onAbort = (): void => reject(new AgentError('cancelled', `Cannot wait for job "${id}": the caller gave up`));
  const onTime = (): void =>
    reject(new AgentError('timeout', `Cannot wait for job "${id}": it has not ended after ${seconds} s`));
  const timer = seconds === 0 ? undefined : setTimeout(onTime, seconds * 1000);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    over: promise,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
