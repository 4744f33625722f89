import type { Watch } from './event.ts';
import { StateError } from './state-error.ts';

export interface WatchQueueOptions<Entry, Item> {
  /** Makes the next item of what waits, beginning at `from`, and says how many of these it took. */
  readonly take: (waiting: readonly Entry[], from: number) => { readonly item: Item; readonly taken: number };
  /** Called once, when nothing more is to be put in. */
  readonly onClose: () => void;
  readonly signal?: AbortSignal | undefined;
  /** So many may wait to be read; with one more it ends, behind them. */
  readonly limit: number;
  /** Bytes that may wait, by this weight; what it began with has none. @default no bound */
  readonly weighing?: { readonly weight: (entry: Entry) => number; readonly limit: number } | undefined;
  /** For the error of that, as `type(namespace/id)`. */
  readonly what: string;
}

type Reader<Item> = PromiseWithResolvers<IteratorResult<Item, undefined>>;

/** Read entries are let go when there are so many. */
const COMPACT_AT = 1_024;
const MIB = 1024 * 1024;

/**
 * What waits to be read by one watcher. Puts never wait; a reader that falls behind by more than the limit reads what it
 * has and then gets `watch-overrun`, and nobody else feels it.
 */
export class WatchQueue<Entry, Item> implements Watch<Item> {
  readonly #options: WatchQueueOptions<Entry, Item>;
  readonly #readers: Reader<Item>[] = [];
  #waiting: Entry[] = [];
  /** Of what waits, each in the place of its entry. */
  #weights: number[] = [];
  #weight = 0;
  #from = 0;
  #isOpen = true;
  /** Why it ended, until a reader was told. */
  #error: StateError | undefined;
  readonly #onAbort = (): void => {
    this.close();
  };

  constructor(options: WatchQueueOptions<Entry, Item>) {
    this.#options = options;
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Whether anything may be put in. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  put(entry: Entry): void {
    if (!this.#isOpen) return;
    const { limit, weighing, what } = this.#options;
    this.#waiting.push(entry);
    this.#weights.push(0);
    this.#hand();
    const count = this.#waiting.length - this.#from;
    // Whoever waits for it has it already.
    if (count === 0) return;
    if (weighing !== undefined) this.#weigh(weighing.weight(entry));
    const tooHeavy = weighing !== undefined && count > 1 && this.#weight > weighing.limit;
    if (count <= limit && !tooHeavy) return;
    const much = tooHeavy ? `${Math.round(weighing.limit / MIB)} MiB` : `${limit} events`;
    this.fail(new StateError('watch-overrun', `The watch of ${what} fell behind by more than ${much}: begin it anew`));
  }

  /** What was there when it began: read before anything that was put in, however much it is. */
  begin(entries: readonly Entry[]): void {
    if (!this.#isOpen) return;
    this.#waiting = [...entries, ...this.#waiting.slice(this.#from)];
    this.#weights = [...entries.map(() => 0), ...this.#weights.slice(this.#from)];
    this.#from = 0;
    this.#hand();
  }

  /** Ends it, behind what waits. */
  fail(error: StateError): void {
    if (!this.#isOpen) return;
    this.#shut();
    const first = this.#readers.shift();
    if (first === undefined) this.#error = error;
    else first.reject(error);
    this.#dismiss();
  }

  close(): void {
    this.#waiting = [];
    this.#weights = [];
    this.#weight = 0;
    this.#from = 0;
    this.#error = undefined;
    this.#shut();
    this.#dismiss();
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    const reader: Reader<Item> = Promise.withResolvers();
    this.#readers.push(reader);
    this.#hand();
    if (!this.#isOpen) this.#dismiss();
    return reader.promise;
  }

  return(): Promise<IteratorResult<Item, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #hand(): void {
    while (this.#from < this.#waiting.length) {
      const reader = this.#readers.shift();
      if (reader === undefined) break;
      const { item, taken } = this.#options.take(this.#waiting, this.#from);
      for (let at = this.#from; at < this.#from + taken; at += 1) this.#weight -= this.#weights[at] ?? 0;
      this.#from += taken;
      reader.resolve({ done: false, value: item });
    }
    if (this.#from === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#weights.length = 0;
    } else if (this.#from >= COMPACT_AT) {
      this.#waiting.splice(0, this.#from);
      this.#weights.splice(0, this.#from);
    } else return;
    this.#from = 0;
  }

  /** The newest weighs this. */
  #weigh(weight: number): void {
    this.#weights[this.#weights.length - 1] = weight;
    this.#weight += weight;
  }

  #shut(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#options.onClose();
  }

  /** Readers of what has ended get its error, the first of them, and then its end. */
  #dismiss(): void {
    for (const reader of this.#readers.splice(0)) {
      const error = this.#error;
      this.#error = undefined;
      if (error === undefined) reader.resolve({ done: true, value: undefined });
      else reader.reject(error);
    }
  }
}
