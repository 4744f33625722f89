import { PeriodWindows } from './period-windows.ts';

/** `A`: values are averaged · `D`: what counts is the difference from value to value, per second. */
export type Operation = 'A' | 'D';

/** What makes values belong together. */
export interface SeriesName {
  readonly key: string;
  /** Whose values they are: mostly a job's id. */
  readonly id: string;
  readonly operation: Operation;
  /** By name, in order of names. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Five minutes and one hour. */
export const PERIODS_MS = [300_000, 3_600_000] as const;

/** The values of one name. */
export class Series {
  readonly name: SeriesName;
  readonly periods: readonly PeriodWindows[] = PERIODS_MS.map((periodMs) => new PeriodWindows(periodMs));
  #last: { readonly value: number; readonly at: number };

  /** `at` is the wall clock, milliseconds. */
  constructor(name: SeriesName, value: number, at: number) {
    this.name = name;
    this.#last = { value, at };
    // The first of values whose differences count is only what the second is compared with.
    if (name.operation === 'A') this.#count(value, at);
  }

  get last(): { readonly value: number; readonly at: number } {
    return this.#last;
  }

  add(value: number, at: number): void {
    const last = this.#last;
    if (this.name.operation === 'A') {
      this.#last = { value, at: Math.max(at, last.at) };
      this.#count(value, at);
      return;
    }
    // Of two values of one moment the difference per second is unknown; it is in that of the next one.
    if (at === last.at) return;
    this.#last = { value, at };
    // The clock was set back: there is nothing to compare with.
    if (at < last.at) return;
    this.#count(((value - last.value) / (at - last.at)) * 1000, at);
  }

  /** Closes windows that are over by now. */
  close(now: number): void {
    for (const period of this.periods) period.close(now);
  }

  #count(value: number, at: number): void {
    for (const period of this.periods) period.add(value, at);
  }
}
