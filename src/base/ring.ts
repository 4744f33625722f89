/** Keeps the last `capacity` items, oldest first, and counts how many it let go. */
export class Ring<T> {
  readonly capacity: number;
  #items: T[] = [];
  #start = 0;
  #dropped = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get length(): number {
    return this.#items.length;
  }

  /** How many items were pushed out by newer ones. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds an item; the oldest goes when full, and is returned. */
  push(item: T): T | undefined {
    if (this.#items.length < this.capacity) {
      this.#items.push(item);
      return undefined;
    }
    const oldest = this.#items[this.#start];
    this.#items[this.#start] = item;
    this.#start = (this.#start + 1) % this.capacity;
    this.#dropped += 1;
    return oldest;
  }

  /** The items, oldest first. */
  toArray(): T[] {
    return [...this.#items.slice(this.#start), ...this.#items.slice(0, this.#start)];
  }
}
