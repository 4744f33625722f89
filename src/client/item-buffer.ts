import { quiet } from './quiet.ts';

/** How full a buffer may get, in bytes. */
export interface Marks {
  /** At or above it the source is asked to stop. What is on its way still comes in. */
  readonly high: number;
  /** Below it the source is asked to go on. */
  readonly low: number;
}

type End = { readonly type: 'done' } | { readonly type: 'failed'; readonly error: unknown };

/**
 * Items between a source that comes when it wants and one reader who takes them one by one. What was put in before
 * the end is handed out before the end.
 */
export class ItemBuffer<Item> {
  readonly #marks: Marks;
  readonly #onDrained: () => void;
  /** Taken ones are undefined until the array is shortened. */
  #items: ({ readonly item: Item; readonly size: number } | undefined)[] = [];
  #next = 0;
  #size = 0;
  #isThrottled = false;
  #end: End | undefined;
  #readers: PromiseWithResolvers<IteratorResult<Item, undefined>>[] = [];

  /** `onDrained` is called each time the buffer falls below the low mark after it was full. */
  constructor(marks: Marks, onDrained: () => void) {
    this.#marks = marks;
    this.#onDrained = onDrained;
  }

  /** Whether the source should stop, until `onDrained`. */
  get isFull(): boolean {
    return this.#isThrottled;
  }

  /** Bytes waiting for the reader. */
  get size(): number {
    return this.#size;
  }

  push(item: Item, size: number): void {
    if (this.#end !== undefined) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ value: item, done: false });
      return;
    }
    this.#items.push({ item, size });
    this.#size += size;
    if (this.#size >= this.#marks.high) this.#isThrottled = true;
  }

  /** No more will come. The first end wins. */
  finish(): void {
    this.#close({ type: 'done' });
  }

  /** No more will come, and the reader is told why once it has taken the rest. */
  fail(error: unknown): void {
    this.#close({ type: 'failed', error });
  }

  /** Throws away what is left. The reader is at the end, or told the reason. */
  discard(error?: { readonly reason: unknown }): void {
    this.#items = [];
    this.#next = 0;
    this.#size = 0;
    this.#end = undefined;
    this.#close(error === undefined ? { type: 'done' } : { type: 'failed', error: error.reason });
  }

  /** The next item, the end, or a rejection with the error given to {@link fail}. */
  take(): Promise<IteratorResult<Item, undefined>> {
    const entry = this.#items[this.#next];
    if (entry !== undefined) {
      this.#remove(entry.size);
      return Promise.resolve({ value: entry.item, done: false });
    }
    const reader = Promise.withResolvers<IteratorResult<Item, undefined>>();
    if (this.#end === undefined) this.#readers.push(reader);
    else settle(reader, this.#end);
    return quiet(reader.promise);
  }

  /** Everything that waits, without waiting for more. */
  takeWaiting(): Item[] {
    const entries = this.#items.slice(this.#next).filter((entry) => entry !== undefined);
    for (const { size } of entries) this.#remove(size);
    return entries.map(({ item }) => item);
  }

  #remove(size: number): void {
    this.#items[this.#next] = undefined;
    this.#next += 1;
    this.#size -= size;
    if (this.#next === this.#items.length) {
      this.#items.length = 0;
      this.#next = 0;
    } else if (this.#next >= 64 && this.#next * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
    }
    if (this.#isThrottled && this.#size < this.#marks.low) {
      this.#isThrottled = false;
      this.#onDrained();
    }
  }

  #close(end: End): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    for (const reader of this.#readers.splice(0)) settle(reader, end);
  }
}

function settle<Item>(reader: PromiseWithResolvers<IteratorResult<Item, undefined>>, end: End): void {
  if (end.type === 'done') reader.resolve({ value: undefined, done: true });
  else reader.reject(end.error);
}
