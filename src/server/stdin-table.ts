import type { Clock } from '../base/clock.ts';
import type { BinaryFrame } from '../channel/binary-frame.ts';
import { STDIN_KIND } from '../channel/binary-frame.ts';
import type { JobAccess } from '../engine/job-access.ts';
import { AgentError, errorMessage, isAgentError } from '../protocol/agent-error.ts';
import type { ServerLimits } from './limits.ts';
import type { Outbox } from './outbox.ts';
import { errorText } from './replies.ts';
import { StdinFeed } from './stdin-feed.ts';

/** Every standard input one connection has open. */
export class StdinTable {
  readonly #jobs: JobAccess;
  readonly #outbox: Outbox;
  readonly #limits: ServerLimits;
  readonly #clock: Clock;
  readonly #feeds = new Map<number, StdinFeed>();

  constructor(jobs: JobAccess, outbox: Outbox, limits: ServerLimits, clock: Clock) {
    this.#jobs = jobs;
    this.#outbox = outbox;
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#feeds.size;
  }

  /** Binary frames with this handle go to the job from now on; they count from `offset`. Errors: AgentError `too-many`. */
  open(jobId: string, handle: number, offset: number): void {
    if (this.#feeds.size >= this.#limits.stdinHandles) {
      const message = `Cannot open standard input: this connection has ${this.#limits.stdinHandles} open. End one first`;
      throw new AgentError('too-many', message);
    }
    const feed = new StdinFeed(jobId, offset, this.#jobs, this.#clock, this.#limits.stdinCredit, {
      onTaken: (offset, closed) => {
        if (closed) this.#feeds.delete(handle);
        this.#outbox.control(JSON.stringify({ type: 'event', id: jobId, handle, event: 'stdin', offset }));
      },
      onFailed: (error) => {
        this.#feeds.delete(handle);
        const code = isAgentError(error) ? error.code : 'internal';
        this.#outbox.control(errorText(code, errorMessage(error), { handle }));
      },
    });
    this.#feeds.set(handle, feed);
  }

  /** Passes on a binary frame, or answers why not. */
  accept(frame: BinaryFrame): void {
    if (frame.kind !== STDIN_KIND) {
      const message = `Cannot take a binary frame of kind ${frame.kind}: clients send standard input, kind ${STDIN_KIND}`;
      this.#outbox.control(errorText('bad-frame', message, {}));
      return;
    }
    const feed = this.#feeds.get(frame.handle);
    if (feed === undefined) {
      const message = `Cannot take input: this connection has no standard input of handle ${frame.handle}`;
      this.#outbox.control(errorText('unknown-handle', message, frame.handle > 0 ? { handle: frame.handle } : {}));
      return;
    }
    feed.accept(frame.position, frame.payload);
  }

  closeAll(): void {
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }
}
