import type { Clock } from '../../base/clock.ts';

export interface KeptOptions {
  readonly clock: Clock;
  /** Milliseconds without a use until one is closed. */
  readonly idleMs: () => number;
  /** Of more than so many, those that are unused longest are closed. */
  readonly most: number;
}

interface Entry<T> {
  readonly value: Promise<T>;
  usedAt: number;
  users: number;
  /** Nobody finds it any more; the last user closes it. */
  isDropped: boolean;
}

/**
 * Things that stay open from one request to the next, by key. What was not used for a while is closed, and made anew when
 * it is needed again: losing one loses nothing but time.
 */
export class Kept<T extends AsyncDisposable> {
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

  /** Does `work` with the one of a key, which is made when there is none. It stays open meanwhile. */
  async use<R>(key: string, make: () => Promise<T>, work: (value: T) => Promise<R>): Promise<R> {
    const entry = this.#entries.get(key) ?? { value: make(), usedAt: 0, users: 0, isDropped: false };
    entry.users += 1;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#watch();
    try {
      return await work(await this.#valueOf(key, entry));
    } finally {
      entry.users -= 1;
      entry.usedAt = this.#options.clock.monotonic();
      if (entry.isDropped) await this.#close(entry);
      await this.#makeRoom();
    }
  }

  /** Forgets the one of a key; it is closed when nobody uses it any more. */
  async drop(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    entry.isDropped = true;
    await this.#close(entry);
  }

  async closeAll(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    await Promise.allSettled([...this.#entries.keys()].map((key) => this.drop(key)));
  }

  /** One that can't be made is not kept: the next request tries anew. */
  async #valueOf(key: string, entry: Entry<T>): Promise<T> {
    try {
      return await entry.value;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  async #close({ value, users }: Entry<T>): Promise<void> {
    if (users > 0) return;
    const made = await value.catch(() => undefined);
    await made?.[Symbol.asyncDispose]();
  }

  async #makeRoom(): Promise<void> {
    for (const [key, { users }] of [...this.#entries]) {
      if (this.#entries.size <= this.#options.most) return;
      if (users === 0) await this.drop(key);
    }
  }

  #watch(): void {
    if (this.#timer !== undefined) return;
    const { clock, idleMs } = this.#options;
    this.#timer = clock.after(idleMs(), () => {
      this.#timer = undefined;
      const latest = clock.monotonic() - idleMs();
      for (const [key, { users, usedAt }] of [...this.#entries])
        if (users === 0 && usedAt <= latest) void this.drop(key).catch(() => undefined);
      if (this.#entries.size > 0) this.#watch();
    });
  }
}
