import type { Clock } from '../../base/clock.ts';

/** What decides whether a keeper goes on. */
export interface LifeFacts {
  /** An agent is connected and owns it. */
  readonly isOwned: boolean;
  /** Runs and unforgotten records. */
  readonly runs: number;
}

export interface LifeOptions {
  readonly clock: Clock;
  /** How long a keeper that has nothing to keep waits for an agent, milliseconds. */
  readonly idleMs: number;
  readonly facts: () => LifeFacts;
  /** Called once. */
  readonly onEnd: (why: string) => void;
}

/** Decides when a keeper ends: when it has no run, no record somebody needs, and no agent, for some time. */
export class Life {
  readonly #options: LifeOptions;
  #timer: Disposable | undefined;
  #hasEnded = false;

  constructor(options: LifeOptions) {
    this.#options = options;
  }

  /** Something changed. */
  look(): void {
    const { isOwned, runs } = this.#options.facts();
    if (isOwned || runs > 0) {
      this.#timer?.[Symbol.dispose]();
      this.#timer = undefined;
    } else {
      this.#timer ??= this.#options.clock.after(this.#options.idleMs, () => {
        this.end('There is nothing to keep and no agent');
      });
    }
  }

  /** Ends it for another reason. */
  end(why: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#timer?.[Symbol.dispose]();
    this.#options.onEnd(why);
  }
}
