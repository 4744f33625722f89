import type { Clock } from '../../base/clock.ts';

/** What can be kept: it is closed when it was not used for a while, and made anew when it is needed again. */
export interface Keepable extends AsyncDisposable {
  /** Nothing of it is under way. */
  readonly isIdle: boolean;
}

export interface KeptOptions {
  readonly clock: Clock;
  /** Milliseconds without a use until one is closed. */
  readonly idleMs: () => number;
  /** Of more than so many, the one that is idle longest is closed. */
  readonly most: number;
}

interface Entry<T> {
  readonly value: Promise<T>;
  usedAt: number;
}

/** Things that stay open from one request to the next, by key. Losing one loses nothing but time. */
export class Kept<T extends Keepable> {
  readonly #options: KeptOptions;
  /** Those used last stand last. */
  readonly #entries = new Map<string, Entry<T>>();
  #timer: Disposable | undefined;

  constructor(options: KeptOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** The one of a key, made when there is none. Rejects as `make` does; the next request tries anew. */
  async get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key);
    const entry: Entry<T> = known ?? { value: make(), usedAt: 0 };
    entry.usedAt = this.#options.clock.monotonic();
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    try {
      const value = await entry.value;
      await this.#close((count) => count > this.#options.most);
      this.#watch();
      return value;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  /** Closes the one of a key, if it is still `value`. */
  async drop(key: string, value: T): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined || (await entry.value.catch(() => undefined)) !== value) return;
    this.#entries.delete(key);
    await value[Symbol.asyncDispose]();
  }

  async closeAll(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const left = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.allSettled(left.map(async ({ value }) => (await value)[Symbol.asyncDispose]()));
  }

  /** Closes idle ones, the least used first, for as long as it is asked for. */
  async #close(isWanted: (count: number, entry: Entry<T>) => boolean): Promise<void> {
    for (const [key, entry] of [...this.#entries]) {
      if (!isWanted(this.#entries.size, entry)) return;
      const value = await entry.value.catch(() => undefined);
      if (value?.isIdle === true) await this.drop(key, value);
    }
  }

  #watch(): void {
    if (this.#timer !== undefined) return;
    const { clock, idleMs } = this.#options;
    this.#timer = clock.after(idleMs(), () => {
      this.#timer = undefined;
      const latest = clock.monotonic() - idleMs();
      void this.#close((_count, { usedAt }) => usedAt <= latest).then(() => {
        if (this.#entries.size > 0) this.#watch();
      });
    });
  }
}
