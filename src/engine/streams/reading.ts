/** What a reader of a job's output asks for and gets. */
import type { JobEvent, Message, StatsFrame } from '../../protocol/frames.ts';
import type { OutputStream } from '../../protocol/output.ts';

export interface ReadingOptions {
  /** `start`: all that is kept · `now`: only what comes · a position: all after it. */
  readonly from: 'start' | 'now' | number;
  /** With `from: "now"`: this many of the newest messages come first. */
  readonly tail?: number;
  readonly as: 'messages' | 'bytes' | 'both';
  /** Only these streams' bytes and messages. Default: all. */
  readonly streams?: readonly OutputStream[];
  /** Only messages of these levels. Default: all. */
  readonly levels?: readonly number[];
}

export interface ReadingBytes {
  readonly type: 'bytes';
  readonly stream: OutputStream;
  readonly position: number;
  readonly bytes: Uint8Array;
  /** To be called, once, when these bytes and those of the items before are needed no more; see `OutputSlice`. */
  release?: (() => void) | undefined;
}

export type ReadingItem =
  | { readonly type: 'messages'; readonly run: number; readonly messages: Message[] }
  | ReadingBytes
  | { readonly type: 'gap'; readonly from: number; readonly to: number }
  | { readonly type: 'event'; readonly event: JobEvent }
  | { readonly type: 'stats'; readonly stats: Omit<StatsFrame, 'type' | 'id' | 'handle'> };

/**
 * Follows one job over all its runs, at the reader's own pace: nothing is kept for a reader that
 * doesn't ask, it reads on from the log. Lossless and without doubles by construction.
 */
export interface JobReader {
  /**
   * Everything before it was delivered (or is in no stream or level asked for). Resuming from here loses and doubles
   * nothing; read as both, bytes after the beginning of a line that is still open may come again, with their positions.
   */
  readonly position: number;
  /**
   * The next items, at most about `maxBytes` of output. Waits until there are some; resolves to
   * undefined when the job has settled and all was delivered. Rejects with the signal's reason.
   */
  next(maxBytes: number, signal: AbortSignal): Promise<readonly ReadingItem[] | undefined>;
  /** Stops following. Idempotent. */
  close(): void;
}
