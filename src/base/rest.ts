import type { Clock } from './clock.ts';

export interface RestOptions {
  readonly clock: Clock;
  /** How long nothing must have happened for it to be quiet, milliseconds. */
  readonly quietMs: number;
  /** It rests this long after something happened even where that never becomes quiet, milliseconds. */
  readonly latestMs: number;
  readonly onRest: () => void;
}

/**
 * Calls `onRest` once after something happened: when it has been quiet for {@link RestOptions.quietMs} (found out within
 * twice that), at the latest after {@link RestOptions.latestMs}. While nothing happens it has no timer.
 */
export class Rest implements Disposable {
  readonly #options: RestOptions;
  #timer: Disposable | undefined;
  #isStirred = false;
  #isOver = false;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /** Something happened. Costs next to nothing. */
  stir(): void {
    this.#isStirred = true;
    if (this.#timer === undefined && !this.#isOver) this.#wait(this.#options.clock.monotonic());
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
  }

  #wait(since: number): void {
    const { clock, quietMs, latestMs, onRest } = this.#options;
    this.#isStirred = false;
    this.#timer = clock.after(quietMs, () => {
      if (this.#isStirred && clock.monotonic() - since < latestMs) {
        this.#wait(since);
        return;
      }
      this.#timer = undefined;
      onRest();
    });
  }
}
