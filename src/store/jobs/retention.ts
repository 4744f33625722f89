import type { Clock } from '../../base/clock.ts';
import type { AreaClient } from '../database/area.ts';
import type { JobsOperations } from './jobs-area.ts';

/** How much of the past is kept. */
export interface HistoryLimits {
  /** Settled jobs, newest first. */
  readonly maxJobs: number;
  /** Bytes of the database in use; the oldest settled jobs go beyond it. */
  readonly maxBytes: number;
}

export const HISTORY_DEFAULTS: HistoryLimits = { maxJobs: 100_000, maxBytes: 2 * 1024 ** 3 };

/** How often results that expired are looked for. */
const SWEEP_EVERY_MS = 5000;
/** How soon too many jobs are noticed; meanwhile more gather, which are cheaper together. */
const SWEEP_SOON_MS = 250;
/** Time one step may take of the database, and the rest others get before the next, milliseconds. Far behind, none. */
const STEP_MS = 5;
const REST_MS = 10;

/**
 * Removes settled jobs that expired or are too many, in small steps with rests between them. Live
 * jobs are never touched, whatever the clock says.
 */
export class Retention {
  readonly #jobs: AreaClient<JobsOperations>;
  readonly #clock: Clock;
  readonly #limits: HistoryLimits;
  readonly #onRemoved: (uids: readonly string[]) => void;
  #finished = 0;
  #timer: Disposable | undefined;
  #isSoon = false;
  #sweeping: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #resting: (() => void) | undefined;
  #closed = false;

  constructor(
    jobs: AreaClient<JobsOperations>,
    clock: Clock,
    limits: HistoryLimits,
    onRemoved: (uids: readonly string[]) => void,
  ) {
    this.#jobs = jobs;
    this.#clock = clock;
    this.#limits = limits;
    this.#onRemoved = onRemoved;
  }

  /** Settled jobs in the store. */
  get finished(): number {
    return this.#finished;
  }

  /** Counts what is there and begins. */
  async start(): Promise<void> {
    this.#finished = await this.#jobs.read('countFinished');
    this.#schedule(this.#isOver);
  }

  /** A job was settled. */
  onSettled(): void {
    this.#finished += 1;
    if (this.#isOver) this.#schedule(true);
  }

  /** Settled jobs were removed; their files may go. */
  onRemoved(uids: readonly string[]): void {
    this.#finished -= uids.length;
    this.#onRemoved(uids);
  }

  /** Removes everything that is due now. One that is under way may have looked before: it is followed by another. */
  sweep(): Promise<void> {
    if (this.#sweeping !== undefined) {
      this.#next ??= this.#sweeping.then(() => {
        this.#next = undefined;
        return this.sweep();
      });
      return this.#next;
    }
    this.#sweeping = this.#sweep().finally(() => {
      this.#sweeping = undefined;
      this.#schedule(false);
    });
    return this.#sweeping;
  }

  /** Ends after the present step. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    this.#resting?.();
    await (this.#next ?? this.#sweeping);
  }

  get #isOver(): boolean {
    return this.#finished > this.#limits.maxJobs;
  }

  #schedule(soon: boolean): void {
    if (this.#closed || this.#sweeping !== undefined) return;
    if (this.#timer !== undefined && (this.#isSoon || !soon)) return;
    this.#timer?.[Symbol.dispose]();
    this.#isSoon = soon;
    this.#timer = this.#clock.after(soon ? SWEEP_SOON_MS : SWEEP_EVERY_MS, () => {
      this.#timer = undefined;
      void this.sweep();
    });
  }

  async #sweep(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    try {
      let more = true;
      while (more && !this.#closed) {
        const { maxJobs, maxBytes } = this.#limits;
        const excess = Math.max(0, this.#finished - maxJobs);
        const swept = await this.#jobs.write('sweep', { now: this.#clock.now(), excess, maxBytes, budgetMs: STEP_MS });
        this.onRemoved(swept.uids);
        more = swept.more;
        if (more && excess < maxJobs / 10) await this.#rest();
      }
      while (!this.#closed && (await this.#jobs.write('shrink', STEP_MS))) await this.#rest();
    } catch {
      // The store is in trouble and says so to those who need it; the next sweep tries again.
    }
  }

  async #rest(): Promise<void> {
    const over = Promise.withResolvers<void>();
    this.#resting = over.resolve;
    const timer = this.#clock.after(REST_MS, over.resolve);
    await over.promise;
    timer[Symbol.dispose]();
  }
}
