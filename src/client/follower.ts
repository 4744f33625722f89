import type { JobItem } from './job-items.ts';
import { quiet } from './quiet.ts';
import type { Subscription } from './subscription.ts';

/**
 * Iterates over what a job says, from its first run to its last, until the job has settled and all was handed out.
 *
 * Lost connections are bridged: nothing is lost, nothing comes twice, and what a limit of the agent dropped is a
 * `gap`. A slow reader slows neither the job nor other readers. Errors (from `next`): AgentError `unknown-job`,
 * `not-able` for messages of a raw job, `disconnected` when the client is closed; the signal's reason. Leaving a
 * `for await` loop ends it.
 */
export class Follower<Item extends JobItem> implements AsyncIterableIterator<Item, undefined>, AsyncDisposable {
  readonly #subscription: Subscription;
  #position: number | undefined;

  /** Made by a job's handle. */
  constructor(subscription: Subscription, from: number | undefined) {
    this.#subscription = subscription;
    this.#position = from;
  }

  /** A later reader that begins `from` here goes on after the last item handed out. Undefined before the first one. */
  get position(): number | undefined {
    return this.#position;
  }

  /** Bytes that wait to be taken, about. */
  get buffered(): number {
    return this.#subscription.buffered;
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    return quiet(this.#next());
  }

  async #next(): Promise<IteratorResult<Item, undefined>> {
    const result = await this.#subscription.take();
    if (result.done === true) return result;
    this.#position = positionAfter(result.value) ?? this.#position;
    return { value: result.value as Item, done: false };
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.#subscription.close();
    return { value: undefined, done: true };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription.close();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function positionAfter(item: JobItem): number | undefined {
  switch (item.type) {
    case 'message':
      return item.seq + 1;
    case 'bytes':
      return item.position + item.bytes.byteLength;
    case 'gap':
    case 'event':
    case 'stats':
      return undefined;
  }
}
