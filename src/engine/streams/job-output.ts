import type { JobEvent } from '../../protocol/frames.ts';
import type { OutputSlice } from '../../protocol/output.ts';
import type { OutputArchive } from '../output-archive.ts';
import type { Process } from '../process.ts';
import { EventLog } from './event-log.ts';
import type { MessageParser, ParserSnapshot } from './message-parser.ts';
import { itemBefore } from './output-item.ts';
import { ParsePlaces } from './parse-places.ts';
import type { ReadingItem } from './reading.ts';

export type JobStats = Extract<ReadingItem, { type: 'stats' }>['stats'];

/** An answer to a read: `ended` means the job, `runEnded` that the live run has nothing after `next`. */
export interface JobSlice extends OutputSlice {
  readonly runEnded: boolean;
}

export interface JobOutputOptions {
  readonly uid: string;
  readonly archive: OutputArchive;
  /** Bytes only: its output has no messages. */
  readonly raw: boolean;
  /** Position after the last byte known. */
  readonly end: number;
}

/** Open bytes that a remembered place may hold. */
const PLACE_BYTES = 1024;

interface LiveRun {
  readonly process: Process;
  readonly start: number;
}

/**
 * The whole output of one job as one log to read: finished runs from the archive, the live one from its process.
 * Beside it what readers need: the newest events with their places, the newest statistics, and a way to wait.
 */
export class JobOutput {
  readonly raw: boolean;
  readonly events = new EventLog();
  readonly #uid: string;
  readonly #archive: OutputArchive;
  readonly #places = new ParsePlaces();
  /** Missing while nobody waits, as mostly. */
  #waiters: Set<() => void> | undefined;
  #follower: (() => void) | undefined;
  #live: LiveRun | undefined;
  #end: number;
  /** Position after the last byte that was read. */
  #read = 0;
  #settled = false;
  #version = 0;
  #stats: { readonly number: number; readonly stats: JobStats } | undefined;
  /** Where the last run was wholly parsed. */
  #lastPlace: ParserSnapshot | undefined;

  constructor(options: JobOutputOptions) {
    this.raw = options.raw;
    this.#uid = options.uid;
    this.#archive = options.archive;
    this.#end = options.end;
  }

  /** Position after the last byte known. */
  get end(): number {
    return this.#end;
  }

  /** The furthest position anybody may have come to: what is read may be ahead of what was told. */
  get reach(): number {
    return Math.max(this.#end, this.#read);
  }

  /** Nothing will be added any more. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Whether there is a run whose outcome is not stored. */
  get isLive(): boolean {
    return this.#live !== undefined;
  }

  /** Grows with every change; see {@link onChange}. */
  get version(): number {
    return this.#version;
  }

  /** The newest statistics, numbered. */
  get stats(): { readonly number: number; readonly stats: JobStats } | undefined {
    return this.#stats;
  }

  /** From now on output from `start` on is read from this process. */
  attach(process: Process, start: number): void {
    this.#live = { process, start };
    this.grew(start);
    this.#wake();
  }

  /** The run's outcome is stored: all it said is in the archive. To be called before {@link Process.forget}. */
  detach(process: Process): void {
    if (this.#live?.process !== process) return;
    this.#live = undefined;
    this.#wake();
  }

  /** The output ends at `end` now. */
  grew(end: number): void {
    if (end <= this.#end) return;
    this.#end = end;
    this.#wake();
  }

  /** The job has settled: readers end when they have read everything. */
  settle(): void {
    this.#settled = true;
    this.#wake();
  }

  /** Tells readers, after all output before `position`. */
  appendEvent(event: JobEvent, position: number): void {
    this.#end = Math.max(this.#end, position);
    this.events.append(event, position);
    this.#wake();
  }

  /** For those who read at this moment; a slow reader gets the newest only. */
  publishStats(stats: JobStats): void {
    this.#stats = { number: (this.#stats?.number ?? 0) + 1, stats };
    this.#wake();
  }

  /**
   * Reads from a position, at most about `maxBytes`. Answers with nothing when nothing is there. What neither the
   * live run nor the archive has any more comes as a gap. Rejects with the signal's reason, or when the source fails.
   */
  async read(from: number, maxBytes: number, signal?: AbortSignal): Promise<JobSlice> {
    for (;;) {
      const live = this.#live;
      if (live === undefined || from < live.start)
        return this.#readArchive(from, live?.start ?? this.#end, maxBytes, signal);
      const slice = await readProcess(live.process, from, maxBytes, signal).catch((error: unknown) => {
        if (this.#live === live || signal?.aborted === true) throw error;
        return undefined;
      });
      // Nothing from a run that was let go meanwhile means nothing: its bytes are in the archive.
      if (slice === undefined || (slice.next <= from && this.#live !== live)) continue;
      this.#read = Math.max(this.#read, slice.next);
      return { ...slice, ended: false, runEnded: slice.ended };
    }
  }

  /**
   * Calls `wake` at the next change since `version`; at once, and before it returns, when there was one already.
   * Returns how to stop waiting.
   */
  onChange(version: number, wake: () => void): () => void {
    if (version !== this.#version) {
      wake();
      return () => undefined;
    }
    (this.#waiters ??= new Set()).add(wake);
    return () => {
      this.#waiters?.delete(wake);
    };
  }

  /** Calls `follower` at every change instead of the one before: the live run's pump. */
  follow(follower: (() => void) | undefined): void {
    this.#follower = follower;
  }

  /** Remembers where a parser stands, now and then. */
  notePlace(parser: MessageParser): void {
    if (this.#places.wants(parser.position)) this.#places.add(parser.snapshot(PLACE_BYTES));
  }

  /** Remembers where a parser stood at the end of a run. */
  noteEndOfRun(parser: MessageParser): void {
    this.#lastPlace = parser.snapshot();
  }

  /** Where to begin parsing to get every message of `seq` or higher. Undefined: at the start. */
  placeBefore(seq: number): ParserSnapshot | undefined {
    const last = this.#lastPlace;
    if (last !== undefined && last.position <= seq && last.lastSeq < seq) return last;
    return this.#places.before(seq);
  }

  async #readArchive(from: number, limit: number, maxBytes: number, signal?: AbortSignal): Promise<JobSlice> {
    if (from >= limit) return { items: [], next: from, ended: this.#isOver(from), runEnded: false };
    const slice = await this.#archive.read(this.#uid, from, Math.max(1, Math.min(maxBytes, limit - from)), signal);
    signal?.throwIfAborted();
    const items = slice.items.map((item) => itemBefore(limit, item)).filter((item) => item !== undefined);
    let next = Math.min(slice.next, limit);
    if (next < limit && (slice.ended || (next <= from && this.#settled))) {
      items.push({ type: 'gap', from: next, to: limit });
      next = limit;
    }
    return { items, next, ended: this.#isOver(next), runEnded: false, release: slice.release };
  }

  #isOver(position: number): boolean {
    return this.#settled && position >= this.#end;
  }

  #wake(): void {
    this.#version += 1;
    const waiters = this.#waiters;
    this.#waiters = undefined;
    if (waiters !== undefined) for (const wake of waiters) wake();
    this.#follower?.();
  }
}

/** Like {@link Process.read}, but a failure is always a rejection. */
async function readProcess(
  process: Process,
  from: number,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<OutputSlice> {
  const slice = await process.read(from, maxBytes, signal);
  signal?.throwIfAborted();
  return slice;
}
