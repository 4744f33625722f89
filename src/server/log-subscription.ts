import type { LogReader } from '../engine/log-access.ts';
import type { LogFrame } from '../protocol/frames.ts';
import type { FrameSink } from './output-frames.ts';
import type { SubscriptionEnd } from './subscription.ts';
import type { Turns } from './turns.ts';

/** One connection following the logs of all jobs and of the agent, until it is closed. */
export class LogSubscription {
  readonly owner: { readonly id: undefined; readonly handle: number };
  /** Logs have none. */
  readonly position = 0;
  readonly #reader: LogReader;
  readonly #turns: Turns;
  readonly #pieceBytes: () => number;
  #isClosed = false;

  constructor(handle: number, reader: LogReader, turns: Turns, pieceBytes: () => number) {
    this.owner = { id: undefined, handle };
    this.#reader = reader;
    this.#turns = turns;
    this.#pieceBytes = pieceBytes;
  }

  /** Sends records at the pace of the peer. Never rejects. */
  async start(sink: FrameSink): Promise<SubscriptionEnd> {
    try {
      for (;;) {
        await this.#turns.take();
        const batch = this.#isClosed ? undefined : await this.#reader.next(this.#pieceBytes());
        if (batch === undefined) return { type: 'closed' };
        const { items, dropped } = batch;
        const frame: LogFrame = {
          type: 'log',
          handle: this.owner.handle,
          ...(dropped === 0 ? {} : { dropped }),
          records: [...items],
        };
        sink.text(JSON.stringify(frame));
      }
    } catch (error) {
      return { type: 'failed', error };
    } finally {
      this.close();
    }
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#reader.close();
  }
}
