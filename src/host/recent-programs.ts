import type { Clock } from '../base/clock.ts';

/** Long enough for a burst of jobs, too short for a person to notice that a program was moved. */
const KEEP_MS = 1_000;
const MOST = 256;

/** Where programs were found a moment ago, so that a thousand jobs of one program don't search a thousand times. */
export class RecentPrograms {
  readonly #clock: Clock;
  readonly #found = new Map<string, { readonly program: string; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The program, if it was found less than a second ago. */
  get(key: string): string | undefined {
    const entry = this.#found.get(key);
    return entry !== undefined && this.#clock.monotonic() < entry.until ? entry.program : undefined;
  }

  /** Remembers where a program was found. */
  set(key: string, program: string): void {
    if (this.#found.size >= MOST) this.#found.clear();
    this.#found.set(key, { program, until: this.#clock.monotonic() + KEEP_MS });
  }
}
