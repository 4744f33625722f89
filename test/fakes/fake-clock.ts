import type { Clock } from '../../src/base/clock.ts';

/** A clock that stands still until it is told how much time has gone by. */
export class FakeClock implements Clock {
  /** What `now()` says beside the time gone by: set it to make the wall clock jump. */
  wallOffset: number;
  #elapsed = 0;
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>();

  constructor(wallStart = 1_000_000_000_000) {
    this.wallOffset = wallStart;
  }

  /** How many timers are waiting. */
  get waiting(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.wallOffset + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, run: () => void): Disposable {
    const timer = { at: this.#elapsed + Math.max(0, ms), run };
    this.#timers.add(timer);
    return {
      [Symbol.dispose]: () => {
        this.#timers.delete(timer);
      },
    };
  }

  /** Lets time go by, calling what is due in order, each at its moment, and giving promises a turn after each. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#timers.delete(next);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.run();
      await new Promise(setImmediate);
    }
    this.#elapsed = until;
    await new Promise(setImmediate);
  }

  #next(until: number): { readonly at: number; readonly run: () => void } | undefined {
    return [...this.#timers].filter(({ at }) => at <= until).toSorted((one, other) => one.at - other.at)[0];
  }
}
