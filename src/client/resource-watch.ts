import { AgentError } from '../protocol/agent-error.ts';
import type { ResourcesFrame } from '../protocol/frames.ts';
import type { LabelQueries, ResourceKind } from '../protocol/resource.ts';
import { ContentsAgain } from './contents-again.ts';
import type { FeedAnswer, FeedFollower } from './feeds.ts';
import { ItemBuffer } from './item-buffer.ts';
import { readEvent, type ResourceHappening } from './resource-value.ts';

export interface ResourceWatchOptions {
  /** Begins with `created` for each resource there is, by id, and `bootstrapped`. @default false */
  readonly bootstrap?: boolean | undefined;
  /** Begins with `noop` and a bookmark. @default false */
  readonly bootstrapBookmark?: boolean | undefined;
  /** Begins with this many of the newest events, as far as they are kept. */
  readonly tail?: number | undefined;
  /** Begins behind this bookmark. */
  readonly from?: string | undefined;
  /** Only resources for which one of these queries holds, with all its terms. */
  readonly labels?: LabelQueries | undefined;
  /** Only resources in whose id this expression (RE2) is found. */
  readonly idMatch?: string | undefined;
  /** Ends it, quietly. */
  readonly signal?: AbortSignal | undefined;
}

/** Events that may wait for who reads them; with one more it ends. Contents don't count. */
const MOST_WAITING = 65_536;

/** What a watch needs of the connection. */
export interface WatchPort {
  subscribe(args: object, watch: ResourceWatch, onBegun: (answer: FeedAnswer) => void): Promise<FeedAnswer>;
  unsubscribe(handle: number): Promise<void>;
  remove(watch: ResourceWatch): void;
}

/**
 * What happens to resources, in order and with nothing missing: `for await (const event of watch)`. Over a lost
 * connection it goes on behind the last event; what can't be gone on with ends it: `invalid-bookmark`, `watch-overrun`.
 */
export class ResourceWatch
  implements AsyncIterableIterator<ResourceHappening, undefined>, FeedFollower<ResourcesFrame>, Disposable
{
  readonly #port: WatchPort;
  readonly #target: ResourceKind & { readonly id?: string | undefined };
  readonly #options: ResourceWatchOptions;
  readonly #buffer = new ItemBuffer<ResourceHappening>({ high: Infinity, low: 0 }, () => undefined);
  readonly #onAbort = (): void => {
    this.close();
  };
  #contents: ContentsAgain | undefined;
  /** Behind everything that was given; undefined while nobody knows. */
  #bookmark: string | undefined;
  #began: string | undefined;
  #handle: number | undefined;
  #wasUp = false;
  #isClosed = false;

  /** Made by `ResourcesApi.watch()`. */
  constructor(
    port: WatchPort,
    target: ResourceKind & { readonly id?: string | undefined },
    options: ResourceWatchOptions,
  ) {
    this.#port = port;
    this.#target = target;
    this.#options = options;
    this.#bookmark = options.from;
    if (options.bootstrap === true) this.#contents = new ContentsAgain();
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  next(): Promise<IteratorResult<ResourceHappening, undefined>> {
    return this.#buffer.take();
  }

  /** As many as there are, at least one: waits for one. Undefined at the end. Errors: as {@link next}. */
  async nextBatch(): Promise<readonly ResourceHappening[] | undefined> {
    const first = await this.#buffer.take();
    return first.done === true ? undefined : [first.value, ...this.#buffer.takeWaiting()];
  }

  return(): Promise<IteratorResult<ResourceHappening, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** No more events; what was not read is let go. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#buffer.discard();
    this.#end();
  }

  async onUp(): Promise<void> {
    if (this.#wasUp && this.#bookmark === undefined) this.#contents?.restart();
    this.#wasUp = true;
    try {
      const { handle } = await this.#port.subscribe(this.#args(), this, (answer) => this.#onBegun(answer));
      // It may have been closed meanwhile.
      if (this.#isClosed) await this.#port.unsubscribe(handle);
      else this.#handle = handle;
    } catch (error) {
      const refusal = error as AgentError;
      if (refusal.code !== 'disconnected') this.fail(refusal);
    }
  }

  onDown(): void {
    this.#handle = undefined;
  }

  onFrame({ events }: ResourcesFrame): void {
    for (const event of events) this.#take(readEvent(event));
  }

  fail(error: AgentError): void {
    if (this.#isClosed) return;
    // The agent has ended it already.
    this.#handle = undefined;
    this.#buffer.fail(error);
    this.#end();
  }

  #args(): object {
    const { bootstrap, bootstrapBookmark, tail, labels, idMatch } = this.#options;
    const asked = { ...this.#target, labels, id_match: idMatch };
    if (this.#bookmark !== undefined) return { ...asked, tail: this.#tailBeside(tail), from: this.#bookmark };
    return { ...asked, bootstrap, bootstrap_bookmark: bootstrapBookmark, tail };
  }

  /** Both at once are for the agent to refuse. */
  #tailBeside(tail: number | undefined): number | undefined {
    return this.#bookmark === this.#options.from ? tail : undefined;
  }

  #onBegun({ bookmark }: FeedAnswer): void {
    this.#began = bookmark;
    const { bootstrap, tail } = this.#options;
    // Where it begins with something, that has to be given first.
    const beginsWithNothing = bootstrap !== true && tail === undefined && this.#target.id === undefined;
    if (beginsWithNothing && this.#options.bootstrapBookmark !== true) this.#bookmark ??= bookmark;
  }

  #take(event: ResourceHappening): void {
    const news = this.#contents?.take(event) ?? [event];
    const size = this.#contents === undefined ? 1 : 0;
    if (event.type === 'bootstrapped') this.#contents = undefined;
    for (const one of news) this.#buffer.push(one, size);
    this.#bookmark = event.bookmark ?? this.#bookmark ?? (this.#contents === undefined ? this.#began : undefined);
    if (this.#buffer.size <= MOST_WAITING) return;
    const handle = this.#handle;
    this.fail(new AgentError('watch-overrun', `Cannot go on: ${MOST_WAITING} events wait to be read`));
    this.#leave(handle);
  }

  #end(): void {
    this.#isClosed = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#port.remove(this);
    const handle = this.#handle;
    this.#handle = undefined;
    this.#leave(handle);
  }

  #leave(handle: number | undefined): void {
    if (handle !== undefined) void this.#port.unsubscribe(handle).catch(() => undefined);
  }
}
