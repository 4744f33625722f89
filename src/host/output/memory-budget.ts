/** Something that holds output in memory and can give some back. */
export interface MemoryHolder {
  /** Frees what can be freed at once, begins to make the rest freeable, and returns how much that rest is. */
  relieve(): number;
  /** There is room again after {@link MemoryBudget.take} said there was none. */
  resume(): void;
}

/** Once the limit is reached, this much of it is made free, so that it isn't reached again at once. */
const SHARE_TO_FREE = 1 / 8;

/** Bytes of output that all logs together may hold in memory. */
export class MemoryBudget {
  readonly #limit: number;
  readonly #goal: number;
  readonly #relievable = new Set<MemoryHolder>();
  readonly #waiting = new Set<MemoryHolder>();
  #used = 0;
  #isPressed = false;

  constructor(limit: number) {
    this.#limit = limit;
    this.#goal = limit * (1 - SHARE_TO_FREE);
  }

  /** Bytes held now. */
  get used(): number {
    return this.#used;
  }

  /** More is held than may be. */
  get isOver(): boolean {
    return this.#used > this.#limit;
  }

  /** Counts bytes a holder has taken, making others give some back if need be. False when that is not enough yet. */
  take(bytes: number): boolean {
    this.#used += bytes;
    if (this.isOver) {
      this.#isPressed = true;
      this.#relieve();
    }
    return !this.isOver;
  }

  /** Counts bytes given back. */
  give(bytes: number): void {
    this.#used -= bytes;
    if (!this.#isPressed || this.#used > this.#goal) return;
    this.#isPressed = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const holder of waiting) holder.resume();
  }

  /** The holder has something it could give back. Forgotten once it was asked to. */
  offer(holder: MemoryHolder): void {
    this.#relievable.add(holder);
    if (this.#isPressed) this.#relieve();
  }

  /** The holder wants to be told when there is room. */
  wait(holder: MemoryHolder): void {
    this.#waiting.add(holder);
  }

  /** The holder is gone. What it took must have been given back. */
  leave(holder: MemoryHolder): void {
    this.#relievable.delete(holder);
    this.#waiting.delete(holder);
  }

  /** Asks holders, the first to offer first, until enough is free or will be. */
  #relieve(): void {
    let coming = 0;
    for (const holder of this.#relievable) {
      if (this.#used - coming <= this.#goal) return;
      this.#relievable.delete(holder);
      coming += holder.relieve();
    }
  }
}
