import type { Readable } from 'node:stream';
import type { JobHandle } from '../client/job-handle.ts';

/**
 * Passes standard input on to a job, at its pace, and ends the job's when it ends, if that is wanted. A job that takes no more of it, or is
 * over, is no trouble: how it ended is told by its result.
 */
export async function forwardInput(
  input: Readable,
  job: Pick<JobHandle, 'write' | 'end'>,
  { ends = true }: { readonly ends?: boolean } = {},
): Promise<void> {
  try {
    for await (const chunk of input as AsyncIterable<Uint8Array>) await job.write(chunk);
    if (ends) await job.end();
  } catch {
    input.destroy();
  }
}
