import { isIPv6 } from 'node:net';
import type { Clock } from '../base/clock.ts';

export interface FailureLimits {
  /** Failures an address may have within the window before it is told to wait. */
  readonly failures: number;
  readonly windowMs: number;
  /** Addresses remembered; the one longest quiet is forgotten first. */
  readonly addresses: number;
}

const DEFAULT_LIMITS: FailureLimits = { failures: 5, windowMs: 60_000, addresses: 10_000 };

/** Counts failed authentications by address, in bounded memory. */
export class FailedAttempts {
  readonly #clock: Clock;
  readonly #limits: FailureLimits;
  /** Times of the failures within the window, by address; the address that failed last stands last. */
  readonly #failures = new Map<string, number[]>();

  constructor(clock: Clock, limits: FailureLimits = DEFAULT_LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Notes a failure. Returns 0, or how long the address must wait when it has used up its failures;
   * what it tries meanwhile is not counted.
   */
  note(address: string): number {
    const now = this.#clock.monotonic();
    const key = networkOf(address);
    const recent = (this.#failures.get(key) ?? []).filter((time) => now - time < this.#limits.windowMs);
    this.#failures.delete(key);
    this.#failures.set(key, recent);
    if (recent.length >= this.#limits.failures) return (recent[0] ?? now) + this.#limits.windowMs - now;
    recent.push(now);
    this.#forgetOldest();
    return 0;
  }

  get size(): number {
    return this.#failures.size;
  }

  #forgetOldest(): void {
    if (this.#failures.size <= this.#limits.addresses) return;
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      return;
    }
  }
}

/** An IPv6 host owns a whole /64, so that is what counts; an IPv4 address counts by itself. */
function networkOf(address: string): string {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const left = head.split(':').filter((group) => group !== '');
  const right = tail.split(':').filter((group) => group !== '');
  const zeros = plain.includes('::') ? Array.from({ length: 8 - left.length - right.length }, () => '0') : [];
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
