import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';

import { type Backoff, backoffDelay } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Bookmark, StateEvent, Watch } from '../state/event.ts';
import { StateError, type StateErrorCode } from '../state/state-error.ts';
import { WatchQueue } from '../state/watch-queue.ts';
import type { About, CosiConnection } from './cosi-connection.ts';
import { type ErroredEvent, readEvents } from './event-message.ts';
import { METHODS } from './methods.ts';
import type { WatchRequest } from './watch-request.ts';

export interface RemoteWatchOptions<Item> {
  readonly connection: CosiConnection;
  readonly request: WatchRequest;
  readonly about: About;
  /** As of {@link WatchQueue}. */
  readonly take: (waiting: readonly StateEvent[], from: number) => { readonly item: Item; readonly taken: number };
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** Called once, when it has ended. */
  readonly onClose: () => void;
}

const RETRY: Backoff = { firstMs: 750, factor: 1.5, capMs: 60_000, jitter: 0.66 };
/** Then nobody believes any more that the server comes back. */
const GIVE_UP_MS = 15 * 60_000;
/** Events that may wait to be read before the server is told to wait. */
const ENOUGH_EVENTS = 1_024;

/** What trying again does not change. */
const FINAL: ReadonlySet<StateErrorCode> = new Set([
  'bad-request',
  'unsupported',
  'invalid-bookmark',
  'watch-overrun',
  'denied',
  'closed',
  'damaged',
]);

/** A watch of a server. When the way there is interrupted it goes on behind the newest event, if that had a bookmark. */
export class RemoteWatch<Item> implements Watch<Item> {
  /** Resolves when the server has registered it, or it has ended before. */
  readonly registered: Promise<void>;
  readonly #options: RemoteWatchOptions<Item>;
  readonly #queue: WatchQueue<StateEvent, Item>;
  readonly #onRegistered: () => void;
  #isRegistered = false;
  #call: ClientReadableStream<Buffer> | undefined;
  #waiting = 0;
  #bookmark: Bookmark | undefined;
  #failures = 0;
  #lostAt: number | undefined;
  #timer: Disposable | undefined;

  constructor(options: RemoteWatchOptions<Item>) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.registered = promise;
    this.#onRegistered = () => {
      this.#isRegistered = true;
      resolve(undefined);
    };
    const { take, signal, about } = options;
    this.#queue = new WatchQueue<StateEvent, Item>({
      take: (waiting, from) => this.#taken(take(waiting, from)),
      onClose: () => this.#release(),
      signal,
      limit: Infinity,
      what: about.subject.type,
    });
  }

  get isOpen(): boolean {
    return this.#queue.isOpen;
  }

  /** To be called once. Errors: StateError `closed`. */
  begin(): void {
    const { signal, request } = this.#options;
    if (signal?.aborted === true) this.close();
    else this.#begin(request);
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    return this.#queue.next();
  }

  return(): Promise<IteratorResult<Item, undefined>> {
    return this.#queue.return();
  }

  close(): void {
    this.#queue.close();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #begin(request: WatchRequest): void {
    const { connection, about } = this.#options;
    const call = connection.stream(METHODS.watch, request, true);
    this.#call = call;
    call.on('data', (bytes: Buffer) => {
      if (this.#call === call) this.#hear(bytes);
    });
    call.on('error', (error: ServiceError) => {
      if (this.#call === call) this.#lose(connection.errorOf(error, about));
    });
    call.on('end', () => {
      if (this.#call !== call) return;
      // Unless its error comes right behind.
      setImmediate(() => {
        if (this.#call === call) this.#lose(new StateError('unavailable', 'The server ended the watch', about.subject));
      });
    });
  }

  #hear(bytes: Buffer): void {
    // The first message says only that.
    if (!this.#isRegistered) this.#onRegistered();
    let events: readonly (StateEvent | ErroredEvent)[];
    try {
      events = readEvents(bytes);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#queue.fail(new StateError('damaged', message, this.#options.about.subject, { cause: error }));
      return;
    }
    for (const event of events) {
      if (event.type === 'errored') {
        this.#queue.fail(event.error);
        return;
      }
      this.#bookmark = event.bookmark?.length === 0 ? undefined : event.bookmark;
      this.#failures = 0;
      this.#lostAt = undefined;
      this.#waiting += 1;
      this.#queue.put(event);
    }
    if (this.#waiting > ENOUGH_EVENTS) this.#call?.pause();
  }

  /** The way to the server is interrupted, or it has ended the watch. */
  #lose(error: StateError): void {
    const { clock, random } = this.#options;
    this.#call = undefined;
    this.#lostAt ??= clock.monotonic();
    const isHopeless = FINAL.has(error.code) || clock.monotonic() - this.#lostAt > GIVE_UP_MS;
    if (!this.#isRegistered || this.#bookmark === undefined || isHopeless) {
      this.#queue.fail(error);
      return;
    }
    this.#timer = clock.after(backoffDelay(RETRY, this.#failures, random), () => this.#goOn());
    this.#failures += 1;
  }

  #goOn(): void {
    const { request } = this.#options;
    const { labels, id } = request.options;
    this.#begin({ ...request, options: { labels, id, from: this.#bookmark } });
  }

  #taken<Taken extends { readonly taken: number }>(taken: Taken): Taken {
    this.#waiting -= taken.taken;
    if (this.#waiting <= ENOUGH_EVENTS / 2 && this.#call?.isPaused() === true) this.#call.resume();
    return taken;
  }

  #release(): void {
    const call = this.#call;
    this.#call = undefined;
    this.#timer?.[Symbol.dispose]();
    call?.cancel();
    if (!this.#isRegistered) this.#onRegistered();
    this.#options.onClose();
  }
}
