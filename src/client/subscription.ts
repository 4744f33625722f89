import type { AgentError } from '../protocol/agent-error.ts';
import type { OutputStream } from '../protocol/output.ts';
import { ItemBuffer, type Marks } from './item-buffer.ts';
import type { JobItem } from './job-items.ts';
import { isPassing, TROUBLE_PAUSE_MS } from './passing-trouble.ts';
import { ResumePoint, type SubscriptionFrame } from './resume-point.ts';

/** What to read of a job. */
export interface FollowOptions {
  /** `start`: all that is kept · `now`: only what comes · a position: all after it. @default 'start' */
  readonly from?: 'start' | 'now' | number;
  /** With `from: 'now'`: this many of the newest messages come first. */
  readonly tail?: number;
  /** Only these streams. @default all */
  readonly streams?: readonly OutputStream[];
  /** Ends the iterator with the signal's reason. The job goes on. */
  readonly signal?: AbortSignal;
  /** Bytes that may wait for a slow reader before the agent is asked to stop sending. @default 4 MiB */
  readonly bufferBytes?: number;
}

export interface SubscriptionSpec extends FollowOptions {
  readonly id: string;
  readonly as: 'messages' | 'bytes';
  readonly levels?: readonly number[];
}

/** What a subscription needs of the connection. Both reject as `disconnected` when it is lost meanwhile. */
export interface Subscriber {
  /** Asks for frames; they go to the subscription under the handle from before this resolves. */
  subscribe(
    request: object,
    subscription: Subscription,
  ): Promise<{ readonly handle: number; readonly position: number }>;
  unsubscribe(handle: number): Promise<void>;
  /** Forgets a subscription that is over. */
  remove(subscription: Subscription): void;
  later(ms: number, run: () => void): Disposable;
  /** Something is in the way that may pass. */
  onTrouble(error: AgentError): void;
}

const DEFAULT_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Follows one job across lost connections and a slow reader.
 *
 *             ready, buffer not full          answered
 *   ┌▶ idle ─────────────────────────▶ asking ────────▶ open ──end──▶ over
 *   │    ▲ ▲                             │ │             │ │
 *   │    │ └─ connection lost, not now ──┘ └─refused─▶ over│ buffer full
 *   │    └─────── connection lost ───────────────────────┘ ▼
 *   └──────────── end or answered or connection lost ── pausing
 *
 * Only `open` and `pausing` take frames. In `idle` with a full buffer it waits until the reader has drained it, then
 * reads on from its position: a slow reader costs the agent nothing and this process its buffer.
 */
export class Subscription {
  readonly #spec: SubscriptionSpec;
  readonly #subscriber: Subscriber;
  readonly #point: ResumePoint;
  readonly #buffer: ItemBuffer<JobItem>;
  #state: 'idle' | 'asking' | 'open' | 'pausing' | 'over' = 'idle';
  #isReady = false;
  #isUnwanted = false;
  #handle = 0;
  #retry: Disposable | undefined;
  /** Counts connections, so that an answer of an earlier one is not taken for one of this. */
  #generation = 0;

  constructor(spec: SubscriptionSpec, subscriber: Subscriber) {
    this.#spec = spec;
    this.#subscriber = subscriber;
    this.#point = new ResumePoint(spec.as);
    if (typeof spec.from === 'number') this.#point.begin(spec.from);
    this.#buffer = new ItemBuffer<JobItem>(marksFor(spec.bufferBytes ?? DEFAULT_BUFFER_BYTES), () => this.#ask());
    if (spec.signal?.aborted === true) this.#onAbort();
    else spec.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Where its frames come from on the present connection. */
  get handle(): number {
    return this.#handle;
  }

  /** Whether it will never take a frame again. */
  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** Bytes waiting for the reader. */
  get buffered(): number {
    return this.#buffer.size;
  }

  take(): Promise<IteratorResult<JobItem, undefined>> {
    return this.#buffer.take();
  }

  /** There is a connection. */
  onUp(): void {
    this.#isReady = true;
    this.#ask();
  }

  onDown(): void {
    this.#isReady = false;
    this.#generation += 1;
    this.#retry?.[Symbol.dispose]();
    this.#handle = 0;
    if (this.#state !== 'over') this.#state = 'idle';
  }

  /** A frame under this subscription's handle. */
  onFrame(frame: SubscriptionFrame): void {
    if (this.#state === 'over') return;
    for (const item of this.#point.take(frame)) this.#buffer.push(item, sizeOf(item));
    if (this.#state === 'open' && this.#buffer.isFull) this.#pause();
  }

  /** The agent says that all was sent: the job has settled, or this side had asked for a pause. */
  onEnd(): void {
    if (this.#state === 'pausing') this.#goOn();
    else this.#finish(() => this.#buffer.finish());
  }

  /** Ends it with an error; what was received is handed out first. */
  fail(error: unknown): void {
    this.#finish(() => this.#buffer.fail(error));
  }

  /** The reader has had enough, or is told to stop at once by an error. What was received is thrown away. */
  close(error?: { readonly reason: unknown }): void {
    const state = this.#state;
    this.#finish(() => undefined);
    this.#buffer.discard(error);
    if (state === 'asking') this.#isUnwanted = true;
    else if (state === 'open') this.#leave(this.#handle);
  }

  readonly #onAbort = (): void => {
    this.close({ reason: this.#spec.signal?.reason });
  };

  #ask(): void {
    if (this.#state !== 'idle' || !this.#isReady || this.#buffer.isFull) return;
    this.#state = 'asking';
    this.#point.resume();
    const generation = this.#generation;
    this.#subscriber.subscribe(this.#request(), this).then(
      ({ handle, position }) => {
        if (generation === this.#generation) this.#opened(handle, position);
      },
      (error: unknown) => {
        if (generation === this.#generation) this.#refused(error);
      },
    );
  }

  #opened(handle: number, position: number): void {
    this.#handle = handle;
    this.#point.begin(position);
    // It may have ended, or the reader may have left, while the answer was on its way.
    if (this.#isUnwanted) this.#leave(handle);
    if (this.#state !== 'asking') return;
    this.#state = 'open';
    if (this.#buffer.isFull) this.#pause();
  }

  #refused(error: unknown): void {
    if (this.#state !== 'asking') return;
    if (!isPassing(error)) {
      this.fail(error);
      return;
    }
    this.#state = 'idle';
    this.#subscriber.onTrouble(error);
    this.#retry = this.#subscriber.later(TROUBLE_PAUSE_MS, () => this.#ask());
  }

  #leave(handle: number): void {
    this.#subscriber.unsubscribe(handle).catch(() => undefined);
  }

  #pause(): void {
    this.#state = 'pausing';
    const handle = this.#handle;
    this.#subscriber.unsubscribe(handle).then(
      () => {
        if (handle === this.#handle) this.#goOn();
      },
      // Lost, or the job had just settled: either is told otherwise.
      () => undefined,
    );
  }

  #goOn(): void {
    if (this.#state !== 'pausing') return;
    this.#state = 'idle';
    this.#ask();
  }

  #finish(end: () => void): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#retry?.[Symbol.dispose]();
    this.#spec.signal?.removeEventListener('abort', this.#onAbort);
    this.#subscriber.remove(this);
    end();
  }

  #request(): object {
    const { id, as, streams, levels, tail } = this.#spec;
    const position = this.#point.position;
    return {
      id,
      as,
      from: position ?? this.#spec.from ?? 'start',
      ...(tail === undefined || position !== undefined ? {} : { tail }),
      ...(streams === undefined ? {} : { streams }),
      ...(levels === undefined ? {} : { levels }),
    };
  }
}

function marksFor(high: number): Marks {
  return { high, low: Math.ceil(high / 4) };
}

/** About how many bytes an item takes in memory. */
function sizeOf(item: JobItem): number {
  const overhead = 200;
  if (item.type === 'message') return overhead + 2 * item.text.length;
  return item.type === 'bytes' ? overhead + item.bytes.byteLength : overhead;
}
