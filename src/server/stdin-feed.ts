import type { Clock } from '../base/clock.ts';
import type { JobAccess } from '../engine/job-access.ts';
import { AgentError, isAgentError } from '../protocol/agent-error.ts';
import { ByteQueue } from './byte-queue.ts';

export interface StdinEvents {
  /** Bytes up to `offset` were taken; with `closed` the input was ended there, too. */
  onTaken(offset: number, closed: boolean): void;
  /** The input is of no use any more. */
  onFailed(error: unknown): void;
}

/** Pauses before bytes that were not taken are given again: grows from the first to the last. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;

/**
 * Standard input of one job from one connection: frames in, at most the credit waiting, given to the job in order.
 * Offsets count from what the job had taken when the feed was opened: bytes before that are skipped. Others may give
 * the job input at the same time; each piece goes behind what was taken by then, so the offsets of a feed are its own.
 */
export class StdinFeed {
  readonly #jobId: string;
  readonly #jobs: JobAccess;
  readonly #clock: Clock;
  readonly #credit: number;
  readonly #events: StdinEvents;
  readonly #waiting = new ByteQueue();
  /** Offset of the first byte that waits. */
  #taken: number;
  #end: number | undefined;
  #isPumping = false;
  #isClosed = false;
  #pauseMs = FIRST_PAUSE_MS;
  #pause: Disposable | undefined;

  constructor(jobId: string, start: number, jobs: JobAccess, clock: Clock, credit: number, events: StdinEvents) {
    this.#jobId = jobId;
    this.#taken = start;
    this.#jobs = jobs;
    this.#clock = clock;
    this.#credit = credit;
    this.#events = events;
  }

  get jobId(): string {
    return this.#jobId;
  }

  /** Takes a frame. An empty one ends the input at its offset. */
  accept(offset: number, bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const trouble = this.#troubleWith(offset, bytes.length);
    if (trouble !== undefined) {
      this.#fail(trouble);
      return;
    }
    const next = this.#taken + this.#waiting.length;
    if (bytes.length === 0) this.#end = offset;
    else this.#waiting.push(bytes.subarray(Math.min(bytes.length, next - offset)));
    if (!this.#isPumping) void this.#pump();
  }

  /** Forgets what waits. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
    this.#pause?.[Symbol.dispose]();
  }

  #troubleWith(offset: number, length: number): AgentError | undefined {
    const taken = this.#taken;
    const next = taken + this.#waiting.length;
    if (this.#end !== undefined) {
      return new AgentError('bad-frame', `Cannot take input at offset ${offset}: it was ended at ${this.#end}`);
    }
    if (offset > next || (length === 0 && offset !== next)) {
      return new AgentError('bad-frame', `Cannot take input at offset ${offset}: the next one is ${next}`);
    }
    const ahead = offset + length - taken;
    if (ahead > this.#credit) {
      return new AgentError(
        'too-many',
        `Cannot take input: ${ahead} bytes are ahead of those taken, ${this.#credit} may be`,
      );
    }
    return undefined;
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    try {
      while (!this.#isClosed && this.#waiting.length > 0) await this.#give();
      if (this.#isClosed || this.#end === undefined) return;
      await this.#jobs.closeStdin(this.#jobId);
      this.#isClosed = true;
      this.#events.onTaken(this.#end, true);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isPumping = false;
    }
  }

  async #give(): Promise<void> {
    const count = await this.#append(this.#waiting.peek());
    if (this.#isClosed) return;
    if (count === 0) {
      await this.#wait();
      return;
    }
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#waiting.drop(count);
    this.#taken += count;
    this.#events.onTaken(this.#taken, false);
  }

  /** How many of the bytes were taken; 0 when the job lives and may take them later. */
  async #append(bytes: Uint8Array): Promise<number> {
    try {
      const { from, taken } = await this.#jobs.appendStdin(this.#jobId, bytes);
      return taken - from;
    } catch (error) {
      if (!isAgentError(error) || error.code !== 'not-running') throw error;
      const { state } = await this.#jobs.get(this.#jobId);
      if (state === 'settled') throw error;
      return 0;
    }
  }

  async #wait(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#pause = this.#clock.after(this.#pauseMs, () => resolve(undefined));
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    await promise;
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.close();
    this.#events.onFailed(error);
  }
}
