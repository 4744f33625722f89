import type { WireCommand } from '../../src/protocol/command.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import type { LogReader } from './log-reader.ts';

/** What a call was answered. */
export type Answer = Pick<JobResult, 'state' | 'data'> & { readonly error?: JobResult['error'] | undefined };

/** A job as callers send it. */
export type JobRequest = WireCommand & { readonly id: string };

/** One client of the agent, and what can be done to its connection. Lost connections are its own to bridge. */
export interface Caller {
  /** Runs a job; `onAccepted` may be told more than once. Resolves to its result, over as many connections as it takes. */
  run(command: JobRequest, onAccepted?: () => void): Promise<JobResult>;
  /** Calls a built-in that may be called again. Resolves to its answer, over as many connections as it takes. */
  call(command: string, args?: object): Promise<Answer>;
  /** Follows a job that was accepted to the end of its output. */
  follow(reader: LogReader): Promise<void>;
  /** Breaks the connection without a word, in the middle of a frame if it can. */
  cut(): void;
  /** Reads nothing for a while. */
  dawdle(ms: number): Promise<void>;
  close(): Promise<void>;
}
