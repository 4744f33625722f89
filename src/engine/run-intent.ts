import type { EngineParts } from './engine-parts.ts';
import { progressOf } from './job-ending.ts';
import type { Intent } from './job-store.ts';
import type { Job } from './job.ts';
import { persist } from './persist.ts';

/** The run a job is to have next: counted and stored before it may be started. */
export class RunIntent {
  readonly #job: Job;
  readonly #parts: EngineParts;
  /** In the store, or on its way there with the job, and not carried out. */
  #stored: Intent | undefined;

  constructor(job: Job, parts: EngineParts) {
    this.#job = job;
    this.#parts = parts;
  }

  get isStored(): boolean {
    return this.#stored !== undefined;
  }

  /** Whether it names the life its place is in. Another one may have begun since, which knows nothing of it. */
  get isOfPresentEpoch(): boolean {
    return this.#stored?.epoch === this.#job.place.epoch;
  }

  /** The intent of the next run, for whoever stores it together with the job. */
  make(): Intent {
    this.#stored = this.#next();
    return this.#stored;
  }

  /** It was found in the store. */
  found(intent: Intent): void {
    this.#stored = intent;
  }

  /** Stores the intent of the next run, in the present epoch of its place. False when the agent ended first. */
  async store(): Promise<boolean> {
    const { place, uid } = this.#job;
    if (this.isOfPresentEpoch) return true;
    const intent = this.#stored === undefined ? this.#next() : { ...this.#stored, epoch: place.epoch };
    if (!(await persist(this.#parts, 'intent', () => this.#parts.store.intend(uid, intent)))) return false;
    this.#stored = intent;
    return true;
  }

  /** It is being carried out. */
  carryOut(): void {
    this.#stored = undefined;
  }

  /** It is not carried out: there was no such run. */
  takeBack(): void {
    if (this.#stored === undefined) return;
    this.#stored = undefined;
    this.#job.runs -= 1;
  }

  /** It is taken back in the store, too: the next agent starts the run. */
  async leaveToNext(): Promise<void> {
    this.takeBack();
    const job = this.#job;
    const outcome = { type: 'again', progress: progressOf(job, undefined), output: undefined } as const;
    await persist(this.#parts, 'intent', () => this.#parts.store.conclude(job.uid, outcome));
  }

  /** Counting it is what makes its key new. */
  #next(): Intent {
    const { place } = this.#job;
    this.#job.runs += 1;
    return { run: this.#job.runs, place: place.name, epoch: place.epoch };
  }
}
