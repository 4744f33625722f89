/**
 * The words of a job's output log.
 *
 * All bytes a job's runs write stand in one log, in the order they arrived, addressed by
 * position: the number of bytes before them. Positions span runs and streams, never go back,
 * and mean the same after any crash.
 */

/** Which file descriptor a byte came from. A terminal has one stream for both. */
export type OutputStream = 'stdout' | 'stderr' | 'pty';

/** Bytes one stream wrote, as they arrived. `position` is that of the first byte. */
export interface OutputBytes {
  readonly type: 'bytes';
  readonly stream: OutputStream;
  readonly position: number;
  /** Wall clock in milliseconds when the bytes arrived. */
  readonly epoch: number;
  readonly bytes: Uint8Array;
}

/** A run begins here: what was half said before it ends, and what follows is said by this run. */
export interface OutputRunMark {
  readonly type: 'run';
  readonly run: number;
  readonly position: number;
  readonly epoch: number;
}

/** Bytes `from` (included) to `to` (excluded) were dropped by a limit and can't be read again. */
export interface OutputGap {
  readonly type: 'gap';
  readonly from: number;
  readonly to: number;
}

export type OutputItem = OutputBytes | OutputRunMark | OutputGap;

/**
 * An answer to "read from this position": items in order, and the position to read from next.
 * `next` equals the position asked for when there is nothing there yet. `ended` says that no
 * further byte will ever follow `next` in the place that was asked (a run, or a finished job).
 */
export interface OutputSlice {
  readonly items: readonly OutputItem[];
  readonly next: number;
  readonly ended: boolean;
  /**
   * To be called, once, by whoever asked, when the items' bytes are needed no more: their memory is used for others
   * then. What is never released is left to the collector.
   */
  readonly release?: (() => void) | undefined;
}
