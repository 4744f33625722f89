import { parseTrustedJson } from '../base/json.ts';
import type { BatchSummary } from '../protocol/batch-summary.ts';
import type { JobResult } from '../protocol/result.ts';
import type { JobCommand, RunOptions } from './run-job.ts';

/** One command of a batch. Its job's id is `<batch>.<name>`, or `<batch>.<number>` by its place without one, unless it says so. */
export type BatchCommand = Partial<JobCommand> & {
  /** What the others call it in `after`. */
  readonly name?: string;
};

export interface BatchOptions extends RunOptions, Pick<JobCommand, 'id' | 'after' | 'tags' | 'ttl'> {
  /** Fields for commands that do not say otherwise. */
  readonly defaults?: Partial<JobCommand>;
  /** Jobs that may be in line or run at once. @default all */
  readonly maxInFlight?: number;
  /** `stop`: nothing more starts once a job did not succeed. @default 'continue' */
  readonly onFailure?: 'continue' | 'stop';
}

/** The command of a batch. */
export function batchCommand(commands: readonly BatchCommand[], options: BatchOptions): JobCommand {
  const { signal: _signal, onAbort: _onAbort, defaults, maxInFlight, onFailure, ...fields } = options;
  return {
    ...fields,
    command: 'job.batch',
    arguments: {
      commands,
      ...(defaults === undefined ? {} : { defaults }),
      ...(maxInFlight === undefined ? {} : { max_in_flight: maxInFlight }),
      ...(onFailure === undefined ? {} : { on_failure: onFailure }),
    },
  };
}

/** What the result of a batch sums up; undefined when it ended without: refused, or lost. */
export function batchSummary(result: Pick<JobResult, 'data'>): BatchSummary | undefined {
  try {
    const summary = parseTrustedJson(result.data);
    return typeof summary === 'object' && summary !== null && 'jobs' in summary ? (summary as BatchSummary) : undefined;
  } catch {
    return undefined;
  }
}
