import type { FrameSink } from './output-frames.ts';
import type { SubscriptionEnd } from './subscription.ts';
import type { Turns } from './turns.ts';

/** What gives the frames of a subscription: about `maxBytes` each. */
export interface FrameSource {
  /** Waits until there is something. Undefined when it is over. */
  next(maxBytes: number): Promise<string | undefined>;
  /** Idempotent. */
  close(): void;
}

/** One connection following something that is not one job: logs of all, resources. Until it is closed. */
export class FeedSubscription {
  readonly owner: { readonly id: undefined; readonly handle: number };
  /** There is none. */
  readonly position = 0;
  readonly #source: FrameSource;
  readonly #turns: Turns;
  readonly #pieceBytes: () => number;
  #isClosed = false;

  constructor(handle: number, source: FrameSource, turns: Turns, pieceBytes: () => number) {
    this.owner = { id: undefined, handle };
    this.#source = source;
    this.#turns = turns;
    this.#pieceBytes = pieceBytes;
  }

  /** Sends frames at the pace of the peer. Never rejects. */
  async start(sink: FrameSink): Promise<SubscriptionEnd> {
    try {
      for (;;) {
        await this.#turns.take();
        const frame = this.#isClosed ? undefined : await this.#source.next(this.#pieceBytes());
        if (frame === undefined || this.#hasEnded()) return { type: 'closed' };
        sink.text(frame);
      }
    } catch (error) {
      return this.#hasEnded() ? { type: 'closed' } : { type: 'failed', error };
    } finally {
      this.close();
    }
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#source.close();
  }

  #hasEnded(): boolean {
    return this.#isClosed;
  }
}
