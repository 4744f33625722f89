import type { Clock } from '../base/clock.ts';

export interface Pulse {
  /** Bytes the peer has sent so far: whatever grows it is a sign of life. */
  bytesRead(): number;
  /** Whether the peer is listened to; while it is not, its silence means nothing. */
  isListening(): boolean;
  ping(): void;
  /** The peer has been silent too long. */
  onDead(): void;
}

/** Pings a peer and gives up on it when it is silent. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #deadMs: number;
  readonly #pulse: Pulse;
  #lastBytes: number;
  #lastSign: number;
  #timer: Disposable;

  constructor(clock: Clock, intervalMs: number, deadMs: number, pulse: Pulse) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#deadMs = deadMs;
    this.#pulse = pulse;
    this.#lastBytes = pulse.bytesRead();
    this.#lastSign = clock.monotonic();
    this.#timer = this.#arm();
  }

  close(): void {
    this.#timer[Symbol.dispose]();
  }

  #arm(): Disposable {
    return this.#clock.after(this.#intervalMs, () => this.#beat());
  }

  #beat(): void {
    const bytes = this.#pulse.bytesRead();
    const now = this.#clock.monotonic();
    if (bytes !== this.#lastBytes || !this.#pulse.isListening()) {
      this.#lastBytes = bytes;
      this.#lastSign = now;
    }
    if (now - this.#lastSign >= this.#deadMs) {
      this.#pulse.onDead();
      return;
    }
    this.#pulse.ping();
    this.#timer = this.#arm();
  }
}
