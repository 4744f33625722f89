import type { JobResult } from '../protocol/result.ts';
import type { JobReader, ReadingOptions } from './streams/reading.ts';

/** A job as those see it who asked for it or look it up, live or settled. */
export interface JobView {
  readonly id: string;
  readonly command: string;
  /** Resolves when the job has settled and its outcome is stored. Never rejects while the agent lives. */
  readonly result: Promise<JobResult>;
  /** The position of the first byte that arrived at a time (wall clock, milliseconds) or later; the end of the output when there is none. */
  positionAt(time: number): Promise<number>;
  /** Follows its output and events. Errors: AgentError `bad-arguments` for messages of a raw job. */
  read(options: ReadingOptions): JobReader;
}
