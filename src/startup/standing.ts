import type { StartupState } from '../engine/startup-access.ts';
import type { Clock } from '../base/clock.ts';

/** Told where an entry stands. */
export interface StandingListener {
  /** What others go by has changed. */
  readonly onMove: () => void;
  /** Anything was said, the same again included. */
  readonly onChange: () => void;
}

/** Where an entry stands, since when and why. Whoever owns it moves it. */
export class Standing {
  readonly #clock: Clock;
  readonly #listener: StandingListener;
  #state: StartupState = 'waiting';
  #why: string | undefined;
  #names: readonly string[] = [];
  #since: number;

  constructor(clock: Clock, listener: StandingListener) {
    this.#clock = clock;
    this.#listener = listener;
    this.#since = clock.now();
  }

  get state(): StartupState {
    return this.#state;
  }

  get why(): string | undefined {
    return this.#why;
  }

  /** Who it waits for, or is blocked by. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Wall clock, milliseconds. */
  get since(): number {
    return this.#since;
  }

  to(state: StartupState, why?: string, names: readonly string[] = []): void {
    const isMove = state !== this.#state;
    this.#why = why;
    this.#names = names;
    if (isMove) {
      this.#state = state;
      this.#since = this.#clock.now();
      this.#listener.onMove();
    }
    this.#listener.onChange();
  }

  /** Something beside the state changed that others go by. */
  tell(): void {
    this.#listener.onMove();
    this.#listener.onChange();
  }
}
