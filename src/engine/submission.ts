/** What becomes of a command that was handed to the engine. */
import type { Command } from '../protocol/command.ts';
import type { JobResult } from '../protocol/result.ts';
import type { JobView } from './job-view.ts';
import type { SessionAccess } from './session-access.ts';

/** Who hands a command to the engine. */
export interface Caller {
  /** For logs: `unix`, `127.0.0.1:50123`, `agent`. */
  readonly name: string;
  /** The caller's connection, for commands that only make sense on one. */
  readonly session?: SessionAccess;
  /** Where messages of a call go, when its command says `stream`. */
  readonly onCallMessage?: (message: { level: number; text: string; seq: number; epoch: number }) => void;
}

export type Submission =
  /** It was refused at once; nothing was kept. */
  | { readonly type: 'refused'; readonly result: JobResult }
  /** A call: answered, not kept. `cancel` aborts its signal. */
  | { readonly type: 'call'; readonly result: Promise<JobResult>; cancel(reason: string): void }
  /** A job: `accepted` resolves once it is stored, or when it turns out to be refused. Never rejects. */
  | { readonly type: 'job'; readonly id: string; readonly accepted: Promise<AcceptedJob | RefusedJob> };

export interface AcceptedJob {
  readonly type: 'accepted';
  readonly job: JobView;
  /** The job existed with the same content. */
  readonly attached: boolean;
}

export interface RefusedJob {
  readonly type: 'refused';
  readonly result: JobResult;
}

/** Takes commands. What the doors need of the engine. */
export interface CommandIntake {
  /** Never throws: what can't be done is a refusal. `ref` is in no result; the door adds it. */
  submit(command: Command, caller: Caller): Submission;
  /** The result for a frame that could be read as JSON with a `command` but not as a Command. */
  refusal(frame: unknown, error: unknown): JobResult;
}
