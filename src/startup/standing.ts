import type { StartupState } from '../engine/startup-access.ts';
import type { Clock } from '../base/clock.ts';

/** Where an entry stands, since when and why. Whoever owns it moves it; who is told hears of every move. */
export class Standing {
  readonly #clock: Clock;
  readonly #onMove: () => void;
  #state: StartupState = 'waiting';
  #why: string | undefined;
  #names: readonly string[] = [];
  #since: number;

  constructor(clock: Clock, onMove: () => void) {
    this.#clock = clock;
    this.#onMove = onMove;
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
    if (!isMove) return;
    this.#state = state;
    this.#since = this.#clock.now();
    this.#onMove();
  }

  /** Something beside the state changed that others go by. */
  tell(): void {
    this.#onMove();
  }
}
