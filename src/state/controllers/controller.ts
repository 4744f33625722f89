/** What is run to make what is stored true. */
import type { Logger } from '../../telemetry/logger.ts';
import type { Metadata, Pointer } from '../resource.ts';
import type { ControllerState } from './controller-state.ts';
import type { Input, InputKind, Output, QueueInputKind } from './declarations.ts';

/** What every controller is given. */
export interface ControllerContext {
  /** The state, as far as was declared. */
  readonly state: ControllerState;
  /** Fires when everything stops. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export interface PlainContext extends ControllerContext {
  /**
   * Something that is declared may have changed: once at first, after each restart, and then once for however much it was
   * since it was last asked for. Ends when everything stops. One reader.
   */
  readonly events: AsyncIterable<void>;
  /** One event more. */
  wake(): void;
  /** From now on it reads these. What is there already is no event: declare before you wait. Errors: TypeError. */
  setInputs(inputs: readonly Input<InputKind>[]): void;
  /** Things go well: the next failure is waited for as briefly as the first. */
  resetBackoff(): void;
  /** A look at all inputs begins. */
  beginRound(): CountedRound;
}

/** A look at all inputs, for the counts of the controller: it ends when it is disposed of. */
export interface CountedRound extends Disposable {
  /** How many it came to. */
  inputs: number;
}

/** Reconciles all at once, each time something changed. */
export interface Controller {
  /** Unique. The owner of all it creates. */
  readonly name: string;
  readonly inputs: readonly Input<InputKind>[];
  readonly outputs: readonly Output[];
  /** Runs until `events` end. What it throws is logged, and it is run again after a while; when it returns it is done for good. */
  run(context: PlainContext): Promise<void>;
}

/** What is known of a resource whose change is to be mapped. */
export interface Changed extends Pointer {
  readonly phase: Metadata['phase'];
  readonly finalizersEmpty: boolean;
  readonly labels: Metadata['labels'];
}

/** Reconciles one resource after the other, several at a time, never one of them twice at once. */
export interface QueueController {
  /** Unique. The owner of all it creates. */
  readonly name: string;
  readonly inputs: readonly Input<QueueInputKind>[];
  readonly outputs: readonly Output[];
  /** How many at a time. @default 1 */
  readonly concurrency?: number;
  /**
   * Makes one primary true; one that is not there (any more) is no failure. What it throws is logged and tried again
   * after a while. Answers when it is to be asked again although nothing changed.
   */
  reconcile(pointer: Pointer, context: ControllerContext): Promise<RequeueAfter | undefined | void>;
  /** Which primaries a change of a mapped input concerns. */
  map?(changed: Changed, context: ControllerContext): Promise<readonly Pointer[]> | readonly Pointer[];
  /** Runs beside, again after a failure. */
  run?(context: ControllerContext): Promise<void>;
  /** Called once, when all has stopped. */
  shutdown?(context: Pick<ControllerContext, 'log'>): Promise<void> | void;
}

export interface RequeueAfter {
  readonly requeueAfterMs: number;
}

/** Thrown: it failed, and is to be tried again at a time of its own. */
export class RequeueError extends Error {
  override readonly name = 'RequeueError';
  readonly requeueAfterMs: number;

  constructor(requeueAfterMs: number, cause: unknown) {
    super(`Try again in ${requeueAfterMs} ms: ${String(cause)}`, { cause });
    this.requeueAfterMs = requeueAfterMs;
  }
}

/** Thrown: there is nothing to be done with this one at present; the next change comes back to it. */
export class SkipReconcile extends Error {
  override readonly name = 'SkipReconcile';
}
