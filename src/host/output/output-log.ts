import type { Clock } from '../../base/clock.ts';
import { type Lease, MemoryPool } from '../../base/memory-pool.ts';
import type { OutputItem, OutputRunMark, OutputSlice, OutputStream } from '../../protocol/output.ts';
import type { OutputSpec } from '../launcher.ts';
import type { MemoryBudget, MemoryHolder } from './memory-budget.ts';
import { MemoryTail } from './memory-tail.ts';
import { type SegmentDisk, segmentDisk } from './segment-disk.ts';
import { SegmentReader } from './segment-reader.ts';
import { SegmentWriter } from './segment-writer.ts';
import { Spool } from './spool.ts';

export interface OutputLogOptions extends OutputSpec {
  readonly run: number;
  /** Wall clock, milliseconds, when the run began. */
  readonly epoch: number;
  /** Shared by all logs of the process. */
  readonly budget: MemoryBudget;
  readonly after: Clock['after'];
  /** Reading the child may go on, after {@link OutputLog.append} said to wait. */
  readonly onResume: () => void;
  /** Output could not be stored. Told once. */
  readonly onTrouble: (message: string) => void;
  readonly disk?: SegmentDisk;
}

/** Memory for what is read from files: pieces of 512 KiB, with the headers of their records. */
const windows = new MemoryPool(560 * 1024, 8);

/** What one run holds in memory at most of what is not on disk yet. */
const MEMORY_BYTES = 1024 * 1024;

/** With what is on disk too, which goes first when memory is short: a reader that keeps up needs no file. */
const READABLE_BYTES = 4 * MEMORY_BYTES;

/** The owner is asked to wait when this much is not on disk yet, and to go on when it fell to the lower one. */
const HIGH_BYTES = (MEMORY_BYTES * 3) / 4;
const LOW_BYTES = MEMORY_BYTES / 4;

/** A disk that takes longer than this slows the job no more: bytes are dropped instead. */
const PATIENCE_MS = 2_000;

/** How long the end of a run waits for its last bytes to reach the disk. */
const FINISH_MS = 5_000;

/**
 * All output of one run: what its owner appends can be read from any position, at any time, by any number of readers.
 *
 * Small output stays in memory. Once it exceeds `memoryBytes` it is written to segment files, in order and in the
 * background; memory then holds the newest of it. Nothing here blocks, and memory is bounded whatever disk and readers
 * do: what finds no room is dropped, oldest first, and reads as a gap. Every position of the run is readable or lies in
 * a gap.
 */
export class OutputLog implements MemoryHolder {
  readonly start: number;
  readonly #options: OutputLogOptions;
  readonly #mark: OutputRunMark;
  readonly #tail: MemoryTail;
  readonly #memoryBytes: number;
  #writer: SegmentWriter | undefined;
  #spool: Spool | undefined;
  #reader: SegmentReader | undefined;
  #patience: Disposable | undefined;
  #isPaused = false;
  /** The disk failed or takes too long: drop rather than wait. */
  #isImpatient = false;
  #hasReported = false;
  #isEnded = false;
  #wasOnDisk: boolean | undefined;
  #isClosed = false;
  #dropped = 0;

  constructor(options: OutputLogOptions) {
    const { start, run, epoch } = options;
    this.#options = options;
    this.start = start;
    this.#mark = { type: 'run', run, position: start, epoch };
    this.#tail = new MemoryTail(start);
    this.#memoryBytes = Math.min(options.memoryBytes, options.keepBytes, HIGH_BYTES);
  }

  /** Position after the last byte. */
  get end(): number {
    return this.#tail.end;
  }

  /** Bytes that can't be read any more. */
  get dropped(): number {
    return this.#dropped + (this.#writer?.dropped ?? 0);
  }

  /** Whether this run has segment files; if not, its bytes are in memory until {@link close}. */
  get isOnDisk(): boolean {
    return this.#wasOnDisk ?? (this.#writer !== undefined && this.#writer.segments.length > 0);
  }

  /**
   * Adds bytes, which must not change afterwards, or with a lease as long as it is held; they are readable at once. False asks the owner to read no more of
   * the child until `onResume`; what it appends nevertheless is taken.
   */
  append(stream: OutputStream, bytes: Buffer, epoch: number, lease?: Lease): boolean {
    if (this.#isEnded || bytes.length === 0) return true;
    const hasRoom = this.#options.budget.take(this.#tail.append(stream, bytes, epoch, lease));
    if (this.#spool === undefined && hasRoom && this.end - this.start <= this.#memoryBytes) {
      this.#options.budget.offer(this);
      return true;
    }
    this.#openSpool().write(!hasRoom);
    this.#bound();
    return !this.#isPaused;
  }

  /**
   * What there is from a position on, at most about `maxBytes`: from memory at once, else from files. Positions before
   * the run's start are answered from the start.
   */
  read(from: number, maxBytes: number): OutputSlice | Promise<OutputSlice> {
    const position = Math.max(from, this.start);
    if (position < this.#tail.start) return this.#readFiles(position, maxBytes);
    const leases: Lease[] = [];
    const slice = this.#sliceOf(position, this.#tail.read(position, Math.max(1, maxBytes), leases));
    return leases.length === 0 ? slice : { ...slice, release: releaseOf(leases) };
  }

  /** Nothing more comes. Resolves when everything is where it stays: `dropped` and `isOnDisk` are final. */
  async finish(): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#unpause();
    await this.#spool?.finish(FINISH_MS);
    // What is not on disk by now has no other place than memory, and what comes to disk later counts for nothing.
    this.#wasOnDisk = this.isOnDisk;
    if (this.#wasOnDisk) this.#drop(0);
  }

  /** Frees the memory. The files stay. */
  close(): void {
    if (this.#isClosed) return;
    this.#isEnded = true;
    this.#isClosed = true;
    this.#patience?.[Symbol.dispose]();
    this.#spool?.close();
    this.#options.budget.give(this.#tail.cost);
    this.#options.budget.leave(this);
  }

  relieve(): number {
    this.#evict(0);
    if (!this.#tail.isSafe && !this.#isClosed) this.#openSpool().write(true);
    return this.#tail.cost;
  }

  resume(): void {
    if (this.#waiting <= LOW_BYTES) this.#unpause();
  }

  /** Bytes of memory that are not on disk. */
  get #waiting(): number {
    return this.#tail.cost - this.#tail.safeCost;
  }

  #openSpool(): Spool {
    const { disk = segmentDisk, after } = this.#options;
    this.#writer ??= new SegmentWriter({ ...this.#options, disk });
    this.#spool ??= new Spool({
      tail: this.#tail,
      writer: this.#writer,
      mark: this.#mark,
      after,
      onWritten: () => {
        this.#onWritten();
      },
      onFailure: (error) => {
        this.#onFailure(error);
      },
    });
    return this.#spool;
  }

  #onWritten(): void {
    const { budget } = this.#options;
    this.#isImpatient = false;
    this.#evict(READABLE_BYTES);
    budget.offer(this);
    if (this.#waiting <= LOW_BYTES && !budget.isOver) this.#unpause();
  }

  #onFailure(error: unknown): void {
    if (!this.#hasReported) this.#options.onTrouble(`Cannot store output: ${messageOf(error)}`);
    this.#hasReported = true;
    this.#losePatience();
  }

  /** Keeps memory within its bounds: what is on disk goes first, then the owner waits, then bytes are lost. */
  #bound(): void {
    const { budget } = this.#options;
    this.#evict(READABLE_BYTES);
    if (this.#waiting <= HIGH_BYTES && !budget.isOver) return;
    if (this.#isImpatient || this.#waiting > MEMORY_BYTES) this.#drop(budget.isOver ? 0 : LOW_BYTES);
    if (this.#isImpatient || this.#isPaused || this.#isEnded) return;
    this.#isPaused = true;
    if (budget.isOver) budget.wait(this);
    this.#patience = this.#options.after(PATIENCE_MS, () => {
      this.#losePatience();
    });
  }

  #losePatience(): void {
    this.#isImpatient = true;
    this.#bound();
    this.#unpause();
  }

  #unpause(): void {
    this.#patience?.[Symbol.dispose]();
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#options.onResume();
  }

  #evict(cost: number): void {
    const before = this.#tail.cost;
    this.#tail.evict(cost);
    this.#options.budget.give(before - this.#tail.cost);
  }

  #drop(cost: number): void {
    const before = this.#tail.cost;
    this.#tail.evict(cost);
    this.#dropped += this.#tail.drop(cost);
    this.#options.budget.give(before - this.#tail.cost);
  }

  async #readFiles(position: number, maxBytes: number): Promise<OutputSlice> {
    const { directory, disk = segmentDisk } = this.#options;
    this.#reader ??= new SegmentReader({
      disk,
      directory,
      segments: () => this.#writer?.segments ?? [],
      pool: windows,
    });
    const { items, next, release } = await this.#reader.read(position, Math.max(1, maxBytes));
    if (next > position) return { ...this.#sliceOf(position, items), release };
    release?.();
    const to = this.#tail.start;
    if (to > position) return this.#sliceOf(position, [{ type: 'gap', from: position, to }]);
    return this.read(position, maxBytes);
  }

  #sliceOf(from: number, items: OutputItem[]): OutputSlice {
    const next = items.reduce((position, item) => endOf(item) ?? position, from);
    const ended = this.#isEnded && next >= this.end;
    if (from === this.start && (next > from || ended) && items[0]?.type !== 'run') items.unshift(this.#mark);
    return { items, next, ended };
  }
}

function releaseOf(leases: readonly Lease[]): () => void {
  return () => {
    for (const lease of leases) lease.release();
  };
}

function endOf(item: OutputItem): number | undefined {
  if (item.type === 'run') return undefined;
  return item.type === 'gap' ? item.to : item.position + item.bytes.length;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
