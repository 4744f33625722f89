import type { Queue, QueueAddOptions } from 'p-queue';

type Start = () => Promise<unknown>;

interface Waiting {
  readonly start: Start;
  readonly id: string;
  priority: number;
}

/**
 * The order in which jobs of one queue wait: higher priority first, then arrival. A p-queue queue class
 * that can also be listed.
 *
 * Invariant: `#waiting` from `#head` on is sorted by falling priority, equal ones by arrival.
 */
export class JobLine implements Queue<Start, QueueAddOptions> {
  #waiting: (Waiting | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#waiting.length - this.#head;
  }

  enqueue(start: Start, options: Partial<QueueAddOptions> = {}): void {
    this.#insert({ start, id: options.id ?? '', priority: options.priority ?? 0 });
  }

  dequeue(): Start | undefined {
    const first = this.#waiting[this.#head];
    if (first === undefined) return undefined;
    this.#waiting[this.#head] = undefined;
    this.#head += 1;
    // Dequeued places are given back in bulk, so that a long line costs no copy per job.
    if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return first.start;
  }

  filter(options: Readonly<Partial<QueueAddOptions>>): Start[] {
    return this.#live()
      .filter((waiting) => waiting.priority === options.priority)
      .map((waiting) => waiting.start);
  }

  has(id: string): boolean {
    return this.#indexOf(id) !== -1;
  }

  setPriority(id: string, priority: number): void {
    const index = this.#indexOf(id);
    if (index === -1) throw new ReferenceError(`Cannot change the priority of "${id}": it does not wait here`);
    const [waiting] = this.#waiting.splice(index, 1);
    if (waiting !== undefined) this.#insert({ ...waiting, priority });
  }

  remove(idOrStart: string | Start): void {
    const index =
      typeof idOrStart === 'string'
        ? this.#indexOf(idOrStart)
        : this.#waiting.findIndex((waiting) => waiting?.start === idOrStart);
    if (index >= this.#head) this.#waiting.splice(index, 1);
  }

  /** Ids of those who wait, next first, at most `limit`. */
  ids(limit: number): string[] {
    return this.#waiting.slice(this.#head, this.#head + limit).map((waiting) => waiting?.id ?? '');
  }

  #insert(entry: Waiting): void {
    // Behind everybody of its own priority: the first place from the back whose priority is not lower.
    let low = this.#head;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#waiting[middle]?.priority ?? 0) >= entry.priority) low = middle + 1;
      else high = middle;
    }
    this.#waiting.splice(low, 0, entry);
  }

  #indexOf(id: string): number {
    return this.#waiting.findIndex((waiting) => waiting?.id === id);
  }

  #live(): Waiting[] {
    return this.#waiting.slice(this.#head).filter((waiting) => waiting !== undefined);
  }
}
