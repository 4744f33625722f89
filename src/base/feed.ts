/** News of one source for many readers, none of whom is ever waited for. */

export interface FeedBounds {
  readonly items: number;
  /** Sum of the sizes that {@link Feed.push} was told. */
  readonly bytes: number;
}

export interface FeedReaderOptions<Item> {
  /** The newest kept items to begin with, at most; those that are not wanted don't count. */
  readonly backlog: number;
  readonly wants: (item: Item) => boolean;
  /** What may wait for this reader. Beyond it the oldest goes, and is counted. */
  readonly bounds: FeedBounds;
}

interface FeedEntry<Item> {
  readonly item: Item;
  readonly size: number;
  /** Its place among all that were pushed. */
  readonly number: number;
}

/** What came since the last look. `dropped`: items before these that went because the reader was too slow. */
export interface FeedBatch<Item> {
  readonly items: readonly Item[];
  readonly dropped: number;
}

/** Keeps the newest items and hands each to every reader that wants it, into a line of its own. */
export class Feed<Item> {
  readonly #keep: FeedBounds;
  readonly #kept = new Map<string, Line<Item>>();
  readonly #readers = new Set<FeedReader<Item>>();
  #pushed = 0;

  /** `keep`: what readers that come later may still have of each shelf. */
  constructor(keep: FeedBounds) {
    this.#keep = keep;
  }

  /** Whether anybody reads. */
  get isRead(): boolean {
    return this.#readers.size > 0;
  }

  /** `shelf`: many items of one push out none that are kept of another. There must be few. */
  push(shelf: string, item: Item, size: number): void {
    this.#pushed += 1;
    this.#shelf(shelf).push({ item, size, number: this.#pushed });
    for (const reader of this.#readers) reader.offer({ item, size, number: this.#pushed });
  }

  open(options: FeedReaderOptions<Item>): FeedReader<Item> {
    const reader = new FeedReader(options, () => this.#readers.delete(reader));
    const wanted = [...this.#kept.values()].flatMap((line) => line.entries().filter(({ item }) => options.wants(item)));
    wanted.sort((a, b) => a.number - b.number);
    for (const entry of options.backlog === 0 ? [] : wanted.slice(-options.backlog)) reader.offer(entry);
    this.#readers.add(reader);
    return reader;
  }

  #shelf(name: string): Line<Item> {
    const known = this.#kept.get(name) ?? new Line(this.#keep);
    this.#kept.set(name, known);
    return known;
  }
}

/** One reader's line. */
export class FeedReader<Item> {
  readonly #options: FeedReaderOptions<Item>;
  readonly #onClose: () => void;
  readonly #line: Line<Item>;
  #wake: (() => void) | undefined;
  #isClosed = false;

  /** Made by {@link Feed.open}. */
  constructor(options: FeedReaderOptions<Item>, onClose: () => void) {
    this.#options = options;
    this.#onClose = onClose;
    this.#line = new Line(options.bounds);
  }

  /** Takes an item if it is wanted. */
  offer(entry: FeedEntry<Item>): void {
    if (!this.#options.wants(entry.item)) return;
    this.#line.push(entry);
    this.#wake?.();
  }

  /** About `maxBytes` of what waits, at least one item; waits until there is one. Undefined when it is closed. */
  async next(maxBytes: number): Promise<FeedBatch<Item> | undefined> {
    while (!this.#isClosed && this.#line.length === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
      this.#wake = undefined;
    }
    return this.#isClosed ? undefined : this.#line.take(maxBytes);
  }

  /** Nothing more comes. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#onClose();
    this.#wake?.();
  }
}

/** Items in order, within bounds: the oldest goes first, and is counted. The newest always has a place. */
class Line<Item> {
  readonly #bounds: FeedBounds;
  /** Those before `#first` are gone; the array is shortened now and then. */
  #entries: (FeedEntry<Item> | undefined)[] = [];
  #first = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(bounds: FeedBounds) {
    this.#bounds = bounds;
  }

  get length(): number {
    return this.#entries.length - this.#first;
  }

  push(entry: FeedEntry<Item>): void {
    this.#entries.push(entry);
    this.#bytes += entry.size;
    while (this.length > 1 && (this.length > this.#bounds.items || this.#bytes > this.#bounds.bytes)) {
      this.#shift();
      this.#dropped += 1;
    }
  }

  take(maxBytes: number): FeedBatch<Item> {
    const dropped = this.#dropped;
    this.#dropped = 0;
    const items: Item[] = [];
    let bytes = 0;
    for (let entry = this.#entries[this.#first]; entry !== undefined; entry = this.#entries[this.#first]) {
      if (items.length > 0 && bytes + entry.size > maxBytes) break;
      items.push(entry.item);
      bytes += entry.size;
      this.#shift();
    }
    return { items, dropped };
  }

  entries(): FeedEntry<Item>[] {
    return this.#entries.filter((entry) => entry !== undefined);
  }

  #shift(): void {
    this.#bytes -= this.#entries[this.#first]?.size ?? 0;
    this.#entries[this.#first] = undefined;
    this.#first += 1;
    if (this.#first < this.length) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }
}
