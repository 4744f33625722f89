/** Measures the processes of jobs: those with the same interval at the same moment, so that one look serves all. */
import type { Clock } from '../base/clock.ts';
import type { Handlers } from './handlers.ts';
import type { Job } from './job.ts';
import { isMeasurable } from './process.ts';
import type { Measurable, Process } from './process.ts';

/** However often a job wants to be measured, it is this often at most: the system counts time too coarsely for more. */
const SHORTEST_INTERVAL_MS = 250;

/** What sampling has cost so far. Numbers only grow. */
export interface SamplerCounts {
  samples: number;
  /** Moments left out as the measurement before took longer than the interval. */
  skipped: number;
}

interface Sampled {
  readonly job: Job;
  readonly process: Process & Measurable;
}

export class UseSampler {
  readonly counts: SamplerCounts = { samples: 0, skipped: 0 };
  readonly #clock: Clock;
  readonly #handlers: Handlers;
  readonly #beats = new Map<number, Beat>();

  constructor(clock: Clock, handlers: Handlers) {
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** Processes that are measured. */
  get size(): number {
    let size = 0;
    for (const beat of this.#beats.values()) size += beat.members.size;
    return size;
  }

  /**
   * From now on the process is measured each `stats_interval` of its job, and that is published, until this is disposed
   * of. Undefined when the job asks for none, or it can't be measured.
   */
  add(job: Job, process: Process): Disposable | undefined {
    const wanted = job.command.statsIntervalMs;
    if (wanted === undefined || !isMeasurable(process)) return undefined;
    const intervalMs = Math.max(SHORTEST_INTERVAL_MS, wanted);
    const beat = this.#beats.get(intervalMs) ?? this.#begin(intervalMs);
    const member: Sampled = { job, process };
    beat.members.add(member);
    return {
      [Symbol.dispose]: () => {
        beat.members.delete(member);
        if (beat.members.size > 0 || this.#beats.get(intervalMs) !== beat) return;
        this.#beats.delete(intervalMs);
        beat[Symbol.dispose]();
      },
    };
  }

  #begin(intervalMs: number): Beat {
    const beat = new Beat(this.#clock, intervalMs, (members) => this.#measure(members));
    beat.onSkip = () => {
      this.counts.skipped += 1;
    };
    this.#beats.set(intervalMs, beat);
    return beat;
  }

  async #measure(members: ReadonlySet<Sampled>): Promise<void> {
    await Promise.all(
      [...members].map(async (member) => {
        const { job, process } = member;
        const use = await process.measure().catch(() => undefined);
        // It may have ended meanwhile.
        if (use === undefined || !members.has(member) || job.process !== process) return;
        this.counts.samples += 1;
        const sample = { ...use, time: this.#clock.now() };
        job.output.publishStats(sample);
        this.#handlers.measured(job, sample);
      }),
    );
  }
}

/**
 * Calls `measure` at each multiple of an interval, not from the moment of its making on: so jobs that were started at
 * different moments, and intervals that are multiples of each other, are measured together.
 */
class Beat implements Disposable {
  readonly members = new Set<Sampled>();
  onSkip: () => void = () => undefined;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #measure: (members: ReadonlySet<Sampled>) => Promise<void>;
  #timer: Disposable | undefined;
  #isOver = false;

  constructor(clock: Clock, intervalMs: number, measure: (members: ReadonlySet<Sampled>) => Promise<void>) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#measure = measure;
    this.#arm(this.#next());
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
  }

  /** The next multiple. */
  #next(): number {
    return (Math.floor(this.#clock.monotonic() / this.#intervalMs) + 1) * this.#intervalMs;
  }

  #arm(due: number): void {
    this.#timer = this.#clock.after(due - this.#clock.monotonic(), () => {
      void this.#measure(this.members).finally(() => {
        if (this.#isOver) return;
        const next = Math.max(this.#next(), due + this.#intervalMs);
        for (let missed = due + this.#intervalMs; missed < next; missed += this.#intervalMs) this.onSkip();
        this.#arm(next);
      });
    });
  }
}
