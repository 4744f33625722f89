import type { Clock } from '../../base/clock.ts';
import type { Rate } from '../../protocol/rate.ts';

/** Starts that a timer which fires late makes up for, on top of the burst: as many as fall due in this time. */
const MAKE_UP_MS = 100;
/** Times are sums of fractions. */
const EPSILON = 1e-9;

/**
 * How many runs a queue may start by now: a bucket that fills at a rate, up to `burst`. One timer, however many wait,
 * and only while the bucket is empty.
 */
export class RateLimiter implements Disposable {
  readonly rate: Rate;
  readonly burst: number;
  readonly #clock: Clock;
  readonly #onRefilled: () => void;
  #tokens: number;
  #at: number;
  #timer: Disposable | undefined;

  constructor(rate: Rate, burst: number, clock: Clock, onRefilled: () => void) {
    this.rate = rate;
    this.burst = burst;
    this.#clock = clock;
    this.#onRefilled = onRefilled;
    this.#tokens = burst;
    this.#at = clock.monotonic();
  }

  /** Nothing may start for now; {@link RateLimiter} says when. */
  get isSpent(): boolean {
    return this.#timer !== undefined;
  }

  /** A run starts. */
  take(): void {
    this.#refill(this.burst);
    this.#tokens -= 1;
    this.#waitIfSpent();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  get #perMs(): number {
    return this.rate.starts / this.rate.perMs;
  }

  #refill(most: number): void {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(most, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
  }

  #waitIfSpent(): void {
    if (this.#timer !== undefined || this.#tokens >= 1 - EPSILON) return;
    this.#timer = this.#clock.after(Math.ceil((1 - this.#tokens) / this.#perMs), () => {
      this.#timer = undefined;
      this.#refill(this.burst + MAKE_UP_MS * this.#perMs);
      this.#waitIfSpent();
      if (!this.isSpent) this.#onRefilled();
    });
  }
}
