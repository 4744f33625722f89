import type { Clock } from '../../base/clock.ts';

/** In how many looks without a sign of life a keeper counts as silent: one to ask, the others to wait for the answer. */
const LOOKS = 3;

export interface PulseOptions {
  readonly clock: Clock;
  /** How long a keeper may take to answer, milliseconds. */
  readonly patienceMs: number;
  /** Asks for a sign of life. */
  readonly onAsk: () => void;
  /** There was none in time. Called once until there is one. */
  readonly onSilent: () => void;
  /** There is one again. */
  readonly onAlive: () => void;
}

/**
 * Tells whether the other side lives. It counts looks, not time: an agent that was itself stopped for a minute must not
 * take its own absence for the keeper's.
 */
export class Pulse implements Disposable {
  readonly #options: PulseOptions;
  readonly #everyMs: number;
  #timer: Disposable | undefined;
  #hasHeard = false;
  /** Looks since the last sign of life. */
  #missed = 0;

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#everyMs = options.patienceMs / (LOOKS - 1);
    this.#arm();
  }

  #isSilent(): boolean {
    return this.#missed >= LOOKS;
  }

  /** Something was heard. */
  beat(): void {
    this.#hasHeard = true;
    if (!this.#isSilent()) return;
    this.#missed = 0;
    this.#options.onAlive();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#options.clock.after(this.#everyMs, () => {
      this.#look();
    });
  }

  #look(): void {
    this.#arm();
    if (this.#isSilent()) return;
    this.#missed = this.#hasHeard ? 0 : this.#missed + 1;
    this.#hasHeard = false;
    if (this.#missed === 1) this.#options.onAsk();
    if (this.#isSilent()) this.#options.onSilent();
  }
}
