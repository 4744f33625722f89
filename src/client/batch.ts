import { DEFAULT_JSON_BOUNDS, parseJson, parseTrustedJson } from '../base/json.ts';
import { AgentError } from '../protocol/agent-error.ts';
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

/** Keys the client adds to a frame, generously. */
const SPARE_KEYS = 16;

/** The command of a batch. Errors: AgentError `bad-arguments` for one with more keys than the agent reads in one frame. */
export function batchCommand(commands: readonly BatchCommand[], options: BatchOptions): JobCommand {
  const { signal: _signal, onAbort: _onAbort, defaults, maxInFlight, onFailure, ...fields } = options;
  const command: JobCommand = {
    ...fields,
    command: 'job.batch',
    arguments: {
      commands,
      ...(defaults === undefined ? {} : { defaults }),
      ...(maxInFlight === undefined ? {} : { max_in_flight: maxInFlight }),
      ...(onFailure === undefined ? {} : { on_failure: onFailure }),
    },
  };
  const fits = parseJson(JSON.stringify(command), {
    ...DEFAULT_JSON_BOUNDS,
    keys: DEFAULT_JSON_BOUNDS.keys - SPARE_KEYS,
  });
  if (fits.ok) return command;
  throw new AgentError(
    'bad-arguments',
    `Cannot send the batch in one frame: ${fits.message.replace('Cannot read JSON: ', '')}; make it several batches, or move what repeats to its defaults`,
  );
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
