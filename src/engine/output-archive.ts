import type { OutputSlice } from '../protocol/output.ts';

/** Reads the output of runs that were forgotten by the place they lived in: a job's row, then its files. */
export interface OutputArchive {
  /**
   * Reads from a position; answers what is there, `ended` when nothing follows. Positions no longer
   * kept come as a gap. An unknown job answers as ended with nothing.
   */
  read(uid: string, from: number, maxBytes: number, signal?: AbortSignal): Promise<OutputSlice>;
  /** Position after the last byte kept of a job; 0 for an unknown one. Needed when a run's end is not known because its owner died. */
  end(uid: string): Promise<number>;
  /** The folder a job's segment files go to. Nothing is made. */
  directory(uid: string): string;
  /** Turns items into the bytes that {@link JobStore.conclude} appends to a job's row. */
  encode(items: OutputSlice['items']): Uint8Array;
}
