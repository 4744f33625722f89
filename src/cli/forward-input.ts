import type { Readable } from 'node:stream';
import type { JobHandle } from '../client/job-handle.ts';

/**
 * Passes standard input on to a job, at its pace, and ends it when it ends. A job that takes no more of it, or is
 * over, is no trouble: how it ended is told by its result.
 */
export async function forwardInput(input: Readable, job: Pick<JobHandle, 'write' | 'end'>): Promise<void> {
  try {
    for await (const chunk of input as AsyncIterable<Uint8Array>) await job.write(chunk);
    await job.end();
  } catch {
    input.destroy();
  }
}
