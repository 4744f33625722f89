import type { Clock } from '../../base/clock.ts';

export interface PaceOptions {
  readonly clock: Clock;
  /** From the end of one time to the beginning of the next, milliseconds. */
  readonly restMs: number;
  /** Must not reject. */
  readonly act: () => Promise<void>;
}

/** Does something soon after it is asked for, and then not again before a rest, however often it is asked for. */
export class Pace implements Disposable {
  readonly #options: PaceOptions;
  #restsUntil = -Infinity;
  #timer: Disposable | undefined;
  #acting: Promise<void> | undefined;
  #isAsked = false;
  #isOver = false;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  ask(): void {
    if (this.#isAsked || this.#isOver) return;
    this.#isAsked = true;
    if (this.#acting === undefined) this.#arm();
  }

  /** Nothing is begun any more. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#timer = clock.after(this.#restsUntil - clock.monotonic(), () => {
      this.#isAsked = false;
      this.#acting = this.#act();
    });
  }

  async #act(): Promise<void> {
    const { clock, restMs, act } = this.#options;
    await act();
    this.#restsUntil = clock.monotonic() + restMs;
    this.#acting = undefined;
    if (this.#isAsked && !this.#isOver) this.#arm();
  }
}
