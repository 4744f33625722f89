import type { JobReader } from '../engine/streams/reading.ts';
import { sendItems } from './output-frames.ts';
import type { FrameOwner, FrameSink } from './output-frames.ts';
import type { Turns } from './turns.ts';

/** How a subscription ended: all was sent, it was closed, or its reader failed. */
export type SubscriptionEnd =
  | { readonly type: 'complete'; readonly position: number }
  | { readonly type: 'closed' }
  | { readonly type: 'failed'; readonly error: unknown };

/** One connection following one job. Nothing is fetched before {@link start}. */
export class Subscription {
  readonly owner: FrameOwner;
  readonly #reader: JobReader;
  readonly #turns: Turns;
  readonly #pieceBytes: () => number;
  readonly #abort = new AbortController();

  constructor(owner: FrameOwner, reader: JobReader, turns: Turns, pieceBytes: () => number) {
    this.owner = owner;
    this.#reader = reader;
    this.#turns = turns;
    this.#pieceBytes = pieceBytes;
  }

  get position(): number {
    return this.#reader.position;
  }

  /** Sends the job's output at the pace of the peer, until the job has settled and all was sent. Never rejects. */
  async start(sink: FrameSink): Promise<SubscriptionEnd> {
    try {
      for (;;) {
        await this.#turns.take();
        if (this.#isClosed()) return { type: 'closed' };
        const items = await this.#reader.next(this.#pieceBytes(), this.#abort.signal);
        if (this.#isClosed()) return { type: 'closed' };
        if (items === undefined) return { type: 'complete', position: this.#reader.position };
        sendItems(items, this.owner, sink);
      }
    } catch (error) {
      return this.#isClosed() ? { type: 'closed' } : { type: 'failed', error };
    } finally {
      this.close();
    }
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed()) return;
    this.#abort.abort();
    this.#reader.close();
  }

  #isClosed(): boolean {
    return this.#abort.signal.aborted;
  }
}
