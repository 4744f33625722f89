/** Something that holds output in memory and can give some back. */
export interface MemoryHolder {
  /** Frees what can be freed at once, and begins to make the rest freeable. */
  relieve(): void;
  /** There is room again after {@link MemoryBudget.take} said there was none. */
  resume(): void;
}

/** Waiting holders go on when this much of the limit is free, so that they don't stop again at once. */
const FREE_TO_RESUME = 1 / 8;

/** Bytes of output that all logs together may hold in memory. */
export class MemoryBudget {
  readonly #limit: number;
  readonly #relievable = new Set<MemoryHolder>();
  readonly #waiting = new Set<MemoryHolder>();
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes held now. */
  get used(): number {
    return this.#used;
  }

  /** True while there is no room for what `take` was asked. */
  get isOver(): boolean {
    return this.#used > this.#limit;
  }

  /** Counts bytes a holder has taken, making others give some back if need be. False when that was not enough. */
  take(bytes: number): boolean {
    this.#used += bytes;
    for (const holder of this.#relievable) {
      if (!this.isOver) break;
      this.#relievable.delete(holder);
      holder.relieve();
    }
    return !this.isOver;
  }

  /** Counts bytes given back. */
  give(bytes: number): void {
    this.#used -= bytes;
    if (this.#waiting.size === 0 || this.#used > this.#limit * (1 - FREE_TO_RESUME)) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const holder of waiting) holder.resume();
  }

  /** The holder has something it could give back. Forgotten once it was asked to. */
  offer(holder: MemoryHolder): void {
    this.#relievable.add(holder);
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
}
