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
 * Standard input of one job from one connection: frames in, at most the credit waiting, given to the
 * job in order. The first frame says where it begins.
 */
export class StdinFeed {
  readonly #jobId: string;
  readonly #jobs: JobAccess;
  readonly #clock: Clock;
  readonly #credit: number;
  readonly #events: StdinEvents;
  readonly #waiting = new ByteQueue();
  /** Offset of the first byte that waits. */
  #taken: number | undefined;
  #end: number | undefined;
  #isPumping = false;
  #isClosed = false;
  #pauseMs = FIRST_PAUSE_MS;
  #pause: Disposable | undefined;

  constructor(jobId: string, jobs: JobAccess, clock: Clock, credit: number, events: StdinEvents) {
    this.#jobId = jobId;
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
    this.#taken ??= offset;
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
    const taken = this.#taken ?? offset;
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
      await this.#jobs.closeStdin(this.#jobId, this.#end);
      this.#isClosed = true;
      this.#events.onTaken(this.#end, true);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isPumping = false;
    }
  }

  async #give(): Promise<void> {
    const from = this.#taken ?? 0;
    const taken = await this.#write(from, this.#waiting.peek());
    if (this.#isClosed) return;
    if (taken === undefined || taken === from) {
      await this.#wait();
      return;
    }
    if (taken < from) {
      throw new AgentError(
        'bad-frame',
        `Cannot take input at offset ${from}: the job has only got ${Math.max(0, taken)} bytes`,
      );
    }
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#waiting.drop(taken - from);
    this.#taken = taken;
    this.#events.onTaken(taken, false);
  }

  /** The offset taken; undefined when the job lives and may take it later. */
  async #write(from: number, bytes: Uint8Array): Promise<number | undefined> {
    try {
      return await this.#jobs.writeStdin(this.#jobId, from, bytes);
    } catch (error) {
      if (!isAgentError(error) || error.code !== 'not-running') throw error;
      const { state } = await this.#jobs.get(this.#jobId);
      if (state === 'settled') throw error;
      return undefined;
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
