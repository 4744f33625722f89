/** What the values of one window came to. */
export interface WindowSummary {
  /** Beginning of the window, milliseconds since 1970: a multiple of its period. */
  readonly start: number;
  readonly count: number;
  readonly total: number;
  readonly average: number;
  readonly max: number;
}

/** Closed windows that are kept. */
const KEPT_WINDOWS = 5;

interface OpenWindow {
  readonly start: number;
  count: number;
  total: number;
  max: number;
}

/** The windows of one period of one series: the open one, and the last closed ones. Windows without a value are left out. */
export class PeriodWindows {
  readonly periodMs: number;
  #open: OpenWindow | undefined;
  #closed: WindowSummary[] = [];

  constructor(periodMs: number) {
    this.periodMs = periodMs;
  }

  /** Counts a value. One of a window that was closed, as it comes late or the clock was set back, counts in the next. */
  add(value: number, at: number): void {
    this.close(at);
    if (this.#open === undefined) {
      const start = Math.floor(at / this.periodMs) * this.periodMs;
      const { start: last = -Infinity } = this.#closed.at(-1) ?? {};
      this.#open = { start: Math.max(start, last + this.periodMs), count: 1, total: value, max: value };
      return;
    }
    this.#open.count += 1;
    this.#open.total += value;
    this.#open.max = Math.max(this.#open.max, value);
  }

  /** Closes the open window when it is over by now. */
  close(now: number): void {
    if (this.#open === undefined || now < this.#open.start + this.periodMs) return;
    this.#closed = [...this.#closed.slice(-(KEPT_WINDOWS - 1)), summarize(this.#open)];
    this.#open = undefined;
  }

  /** The window that goes on; undefined when it has no value yet. */
  get current(): WindowSummary | undefined {
    return this.#open === undefined ? undefined : summarize(this.#open);
  }

  /** The last closed windows that had values, oldest first. */
  get history(): readonly WindowSummary[] {
    return this.#closed;
  }
}

function summarize({ start, count, total, max }: OpenWindow): WindowSummary {
  return { start, count, total, average: total / count, max };
}
