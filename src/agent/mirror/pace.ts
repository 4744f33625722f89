import type { Clock } from '../../base/clock.ts';

export interface PaceOptions {
  readonly clock: Clock;
  /** Answers how long to rest before it is done again, milliseconds. Must not reject. */
  readonly act: () => Promise<number>;
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
    const { clock, act } = this.#options;
    const restMs = await act();
    this.#restsUntil = clock.monotonic() + restMs;
    this.#acting = undefined;
    if (this.#isAsked && !this.#isOver) this.#arm();
  }
}
