import type { Queue, QueueAddOptions } from 'p-queue';

type Start = () => Promise<unknown>;

interface Waiting {
  /** Undefined once it left: a place that is not given back yet must not keep a job in memory. */
  start: Start | undefined;
  readonly id: string;
  readonly priority: number;
  /** It left; its place in the line is given back later. */
  isGone: boolean;
}

/** Places of those who left are given back in bulk, so that a long line costs no copy per job. */
const SPARE_PLACES = 1024;

/**
 * The order in which jobs of one queue wait: higher priority first, then arrival. A p-queue queue class
 * that can also be listed.
 *
 * Invariant: `#line` from `#head` on is sorted by falling priority, equal ones by arrival; `#byId` has those that did
 * not leave.
 */
export class JobLine implements Queue<Start, QueueAddOptions> {
  #line: Waiting[] = [];
  #head = 0;
  readonly #byId = new Map<string, Waiting>();

  get size(): number {
    return this.#byId.size;
  }

  enqueue(start: Start, options: Partial<QueueAddOptions> = {}): void {
    this.#insert({ start, id: options.id ?? '', priority: options.priority ?? 0, isGone: false });
  }

  dequeue(): Start | undefined {
    for (let first = this.#line[this.#head]; first !== undefined; first = this.#line[this.#head]) {
      this.#head += 1;
      if (first.isGone) continue;
      const { start } = first;
      this.#leave(first);
      return start;
    }
    return undefined;
  }

  filter(options: Readonly<Partial<QueueAddOptions>>): Start[] {
    return this.#live()
      .filter((waiting) => waiting.priority === options.priority)
      .flatMap(({ start }) => start ?? []);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  setPriority(id: string, priority: number): void {
    const waiting = this.#byId.get(id);
    if (waiting === undefined) throw new ReferenceError(`Cannot change the priority of "${id}": it does not wait here`);
    const { start } = waiting;
    this.#leave(waiting);
    this.#insert({ start, id, priority, isGone: false });
  }

  remove(idOrStart: string | Start): void {
    const waiting =
      typeof idOrStart === 'string' ? this.#byId.get(idOrStart) : this.#live().find(({ start }) => start === idOrStart);
    if (waiting !== undefined) this.#leave(waiting);
  }

  /** Takes somebody out of the line whose turn has not come. What it returns has to be called, to tell p-queue. */
  take(id: string): Start | undefined {
    const waiting = this.#byId.get(id);
    const start = waiting?.start;
    if (waiting !== undefined) this.#leave(waiting);
    return start;
  }

  /** Ids of those who wait, next first, at most `limit`. */
  ids(limit: number): string[] {
    const ids: string[] = [];
    for (let place = this.#head; place < this.#line.length && ids.length < limit; place += 1) {
      const waiting = this.#line[place];
      if (waiting?.isGone === false) ids.push(waiting.id);
    }
    return ids;
  }

  #insert(entry: Waiting): void {
    this.#tidy();
    // Behind everybody of its own priority: the first place from the back whose priority is not lower.
    let low = this.#head;
    let high = this.#line.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#line[middle]?.priority ?? 0) >= entry.priority) low = middle + 1;
      else high = middle;
    }
    this.#line.splice(low, 0, entry);
    this.#byId.set(entry.id, entry);
  }

  #leave(waiting: Waiting): void {
    waiting.isGone = true;
    waiting.start = undefined;
    this.#byId.delete(waiting.id);
    this.#tidy();
  }

  #tidy(): void {
    const gone = this.#line.length - this.#byId.size;
    if (gone <= SPARE_PLACES || gone * 2 <= this.#line.length) return;
    this.#line = this.#live();
    this.#head = 0;
  }

  #live(): Waiting[] {
    return this.#line.slice(this.#head).filter(({ isGone }) => !isGone);
  }
}
