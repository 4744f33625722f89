import type { JobReader, ReadingItem, ReadingOptions } from '../../src/engine/streams/reading.ts';
import type { JobView } from '../../src/engine/job-view.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { successOf } from './results.ts';

/** A job whose output and end are up to the test. */
export class FakeJob implements JobView {
  readonly id: string;
  readonly command: string;
  readonly result: Promise<JobResult>;
  readonly reads: ReadingOptions[] = [];
  readonly readers: FakeReader[] = [];
  readonly #settlement = Promise.withResolvers<JobResult>();
  readonly #items: ReadingItem[] = [];
  #isSettled = false;
  /** Makes the item of an index, for output too large to be kept; undefined after the last. */
  source: ((index: number) => ReadingItem | undefined) | undefined;

  constructor(id: string, command = 'fake.job') {
    this.id = id;
    this.command = command;
    this.result = this.#settlement.promise;
  }

  say(...items: ReadingItem[]): void {
    this.#items.push(...items);
    this.#wake();
  }

  /** One message a line, on standard output. */
  sayLines(...lines: string[]): void {
    for (const text of lines) {
      const seq = this.#items.length;
      this.say({ type: 'messages', run: 1, messages: [{ seq, level: 1, text, epoch: 0 }] });
    }
  }

  settle(result: JobResult = successOf(this.id, this.command)): void {
    this.#isSettled = true;
    this.#settlement.resolve(result);
    this.#wake();
  }

  async positionAt(time: number): Promise<number> {
    return time / 1000;
  }

  read(options: ReadingOptions): FakeReader {
    this.reads.push(options);
    const reader = new FakeReader(this);
    this.readers.push(reader);
    return reader;
  }

  /** The item of an index; `end` when there will never be one, `later` when there is none yet. */
  at(index: number): ReadingItem | 'end' | 'later' {
    const item = this.#items[index] ?? this.source?.(index);
    if (item !== undefined) return item;
    return this.#isSettled ? 'end' : 'later';
  }

  #wake(): void {
    for (const reader of this.readers) reader.wake();
  }
}

/** Reads a {@link FakeJob} and counts what was fetched. */
export class FakeReader implements JobReader {
  position = 0;
  fetches = 0;
  isClosed = false;
  /** Rejects the next fetch. */
  failure: Error | undefined;
  readonly #job: FakeJob;
  #index = 0;
  #waiting = Promise.withResolvers<undefined>();

  constructor(job: FakeJob) {
    this.#job = job;
  }

  async next(maxBytes: number, signal: AbortSignal): Promise<readonly ReadingItem[] | undefined> {
    this.fetches += 1;
    for (;;) {
      signal.throwIfAborted();
      if (this.failure !== undefined) throw this.failure;
      const items = this.#take(maxBytes);
      if (items !== 'later') return items;
      const aborted = Promise.withResolvers<undefined>();
      const onAbort = (): void => aborted.resolve(undefined);
      signal.addEventListener('abort', onAbort, { once: true });
      await Promise.race([this.#waiting.promise, aborted.promise]);
      signal.removeEventListener('abort', onAbort);
    }
  }

  wake(): void {
    this.#waiting.resolve(undefined);
    this.#waiting = Promise.withResolvers();
  }

  close(): void {
    this.isClosed = true;
  }

  #take(maxBytes: number): readonly ReadingItem[] | undefined | 'later' {
    const items: ReadingItem[] = [];
    for (let size = 0; size < maxBytes;) {
      const item = this.#job.at(this.#index);
      if (item === 'end') return items.length > 0 ? items : undefined;
      if (item === 'later') return items.length > 0 ? items : 'later';
      items.push(item);
      this.#index += 1;
      const bytes = sizeOf(item);
      size += bytes;
      this.position += bytes;
    }
    return items;
  }
}

function sizeOf(item: ReadingItem): number {
  if (item.type === 'bytes') return item.bytes.length;
  if (item.type === 'messages') return item.messages.reduce((sum, { text }) => sum + text.length + 1, 0);
  return 0;
}
