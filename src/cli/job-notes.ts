/** What happens to a job, in a few words for people. */
import { assertNever } from '../base/assert-never.ts';
import type { JobEvent } from '../protocol/frames.ts';
import type { JobResult } from '../protocol/result.ts';
import { formatDuration } from './durations.ts';
import { formatBytes } from './sizes.ts';

/** An event of a job; undefined when it is not worth a line. `detailed` finds more of them worth one. */
export function describeEvent(event: JobEvent, { detailed }: { readonly detailed: boolean }): string | undefined {
  switch (event.event) {
    case 'queued':
      return event.queue === undefined ? (detailed ? 'queued' : undefined) : `queued in "${event.queue}"`;
    case 'started':
      if (event.run === 1 && !detailed) return undefined;
      return `run ${event.run} started${event.pid === undefined ? '' : `, pid ${event.pid}`}`;
    case 'exited':
      return detailed ? `run ${event.run} ended after ${formatDuration(event.time)}: ${describeEnd(event)}` : undefined;
    case 'restarting':
      return `next run in ${formatDuration(event.delay_ms)}: ${event.reason}`;
    case 'stopping':
      // Who killed it knows; the others are told by how it ends.
      return event.reason === 'killed' && !detailed ? undefined : `stopping: ${event.reason}`;
    case 'adopted':
      return 'the agent was started again and has taken the job over';
    case 'unscheduled':
      return 'ends after its present run';
    case 'progress':
      return progress(event);
    case 'stdin':
      return undefined;
    case 'output-trouble':
      return event.message;
    default:
      return assertNever(event);
  }
}

function progress({ done, total, text }: Extract<JobEvent, { event: 'progress' }>): string {
  const amount = total === undefined ? String(done) : `${done}/${total}`;
  return text === undefined ? amount : `${amount} ${text}`;
}

/** Where a limit dropped output. */
export function describeGap({ from, to }: { readonly from: number; readonly to: number }): string {
  return `${formatBytes(to - from)} of output are missing here (positions ${from} to ${to})`;
}

/** How much of the output a limit dropped. */
export function describeDropped(bytes: number): string {
  return `${formatBytes(bytes)} of output are missing: the agent keeps only the newest of each job`;
}

type Ending = Pick<JobResult, 'reason' | 'exit' | 'error' | 'code'>;

/** How a job or run ended: `exited with 3`, `stopped after its timeout (SIGTERM)`. */
export function describeEnd(
  ending: Pick<Extract<JobEvent, { event: 'exited' }>, 'reason' | 'exit' | 'error' | 'code'> | Ending,
): string {
  const { reason, exit, error, code } = ending;
  const how = exit === undefined ? '' : 'code' in exit ? `exit code ${exit.code}` : exit.signal;
  const suffix = how === '' ? '' : ` (${how})`;
  switch (reason) {
    case 'exited':
      return exit !== undefined && 'code' in exit ? `exited with ${exit.code}` : 'done';
    case 'signaled':
      return `ended by ${how === '' ? 'a signal' : how}`;
    case 'timeout':
      return `stopped after its time was over${suffix}`;
    case 'killed':
      return `killed by a caller${suffix}`;
    case 'cancelled':
      return 'cancelled before it ran';
    case 'out-of-memory':
      return 'ended for lack of memory';
    case 'spawn-failed':
      return error?.message ?? `could not be started (${code})`;
    case 'failed':
      return error?.message ?? `failed (${code})`;
    case 'lost':
      return error?.message ?? 'lost: how it ended is unknown';
    case 'rejected':
      return error?.message ?? `refused (${code})`;
    default:
      return reason;
  }
}
