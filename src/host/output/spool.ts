import type { Clock } from '../../base/clock.ts';
import type { OutputRunMark } from '../../protocol/output.ts';
import type { Chunk, MemoryTail } from './memory-tail.ts';
import type { RecordToWrite, SegmentWriter } from './segment-writer.ts';

export interface SpoolOptions {
  readonly tail: MemoryTail;
  readonly writer: SegmentWriter;
  /** Written before the first byte. */
  readonly mark: OutputRunMark;
  readonly after: Clock['after'];
  /** A part of what waited is on disk now. */
  readonly onWritten: () => void;
  /** Nothing could be written; it is tried again by and by. */
  readonly onFailure: (error: unknown) => void;
}

/** Less than `WRITE_NOW_BYTES` waits this long for more, so that single lines don't become single writes. */
const WRITE_NOW_BYTES = 128 * 1024;
const WRITE_DELAY_MS = 20;

/** A disk that failed is tried again this often. */
const RETRY_MS = 1_000;

/** Brings what waits in memory to disk: in the background, in order, one write at a time. */
export class Spool {
  readonly #options: SpoolOptions;
  #isMarkWritten = false;
  #isClosed = false;
  #writing: Promise<void> | undefined;
  #timer: Disposable | undefined;
  #isResting = false;
  #isUrgent = false;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /** Begins to write what waits: at once if it is much or urgent, else a little later. */
  write(isUrgent = false): void {
    this.#isUrgent ||= isUrgent;
    if (this.#writing !== undefined || this.#isResting || this.#isClosed) return;
    if (this.#isWorthIt()) this.#start();
    else this.#timer ??= this.#startAfter(WRITE_DELAY_MS);
  }

  /** Writes everything and lets go of the file, trying for at most `ms`. What could not be written stays waiting. */
  async finish(ms: number): Promise<void> {
    this.#isUrgent = true;
    if (this.#writing === undefined && !this.#options.tail.isSafe) this.#start();
    const late = Promise.withResolvers<undefined>();
    const timer = this.#options.after(ms, () => {
      late.resolve(undefined);
    });
    await Promise.race([this.#writing, late.promise]);
    timer[Symbol.dispose]();
    this.close();
  }

  /** Writes no more, and closes the file once a write under way is done. */
  close(): void {
    this.#isClosed = true;
    this.#stopTimer();
    void Promise.resolve(this.#writing).then(() => this.#options.writer.close());
  }

  #start(): void {
    this.#stopTimer();
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  #startAfter(ms: number): Disposable {
    return this.#options.after(ms, () => {
      this.#start();
    });
  }

  #isWorthIt(): boolean {
    const { tail } = this.#options;
    return this.#isUrgent || tail.cost - tail.safeCost >= WRITE_NOW_BYTES;
  }

  #stopTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#isResting = false;
  }

  async #writeAll(): Promise<void> {
    const { tail, writer, onWritten, onFailure } = this.#options;
    do {
      const chunks = tail.take(writer.batchBytes);
      if (chunks.length === 0) break;
      try {
        await writer.write(this.#recordsOf(chunks));
      } catch (error) {
        tail.putBack();
        if (this.#isClosed) return;
        this.#isResting = true;
        this.#timer = this.#startAfter(RETRY_MS);
        onFailure(error);
        return;
      }
      tail.confirm();
      this.#isMarkWritten = true;
      if (this.#isClosed) return;
      onWritten();
    } while (this.#isWorthIt());
    this.#isUrgent &&= !tail.isSafe;
    if (!tail.isSafe) this.#timer = this.#startAfter(WRITE_DELAY_MS);
  }

  #recordsOf(chunks: readonly Chunk[]): RecordToWrite[] {
    const { run, epoch } = this.#options.mark;
    const records: RecordToWrite[] = this.#isMarkWritten ? [] : [{ header: { type: 'run', run, epoch }, length: 0 }];
    for (const { stream, epoch: at, length, bytes } of chunks) {
      if (stream === 'gap') records.push({ header: { type: 'gap', length }, length });
      else records.push({ header: { type: 'bytes', stream, epoch: at, length }, length, bytes });
    }
    return records;
  }
}
