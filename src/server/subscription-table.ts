import type { JobView } from '../engine/job-view.ts';
import type { LogReader } from '../engine/log-access.ts';
import type { ResourceReader } from '../engine/resource-access.ts';
import type { ReadingOptions } from '../engine/streams/reading.ts';
import { AgentError, errorMessage, isAgentError } from '../protocol/agent-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import { logFrames, resourceFrames } from './feed-frames.ts';
import { FeedSubscription, type FrameSource } from './feed-subscription.ts';
import type { ServerLimits } from './limits.ts';
import type { Outbox } from './outbox.ts';
import { errorText } from './replies.ts';
import { Subscription } from './subscription.ts';
import { Turns } from './turns.ts';

/** The largest piece of output fetched at once; less where messages are to be found in it, which takes time. */
const LARGEST_PIECE = 512 * 1024;
const LARGEST_PARSED_PIECE = 256 * 1024;
/** The smallest. */
const SMALLEST_PIECE = 4 * 1024;

export type AnySubscription = Subscription | FeedSubscription;

/** Every subscription of one connection. Together they never fetch much more than the peer has room for. */
export class SubscriptionTable {
  readonly #outbox: Outbox;
  readonly #limits: ServerLimits;
  readonly #logger: Logger;
  readonly #turns: Turns;
  readonly #all = new Set<AnySubscription>();
  readonly #byHandle = new Map<number, AnySubscription>();

  constructor(outbox: Outbox, limits: ServerLimits, logger: Logger) {
    this.#outbox = outbox;
    this.#limits = limits;
    this.#logger = logger;
    this.#turns = new Turns(() => outbox.hasRoom(this.#pieceBytes()));
  }

  get size(): number {
    return this.#all.size;
  }

  /** Makes a subscription that has not started. Errors: AgentError `too-many`, and those of `JobView.read()`. */
  open(job: JobView, options: ReadingOptions, handle: number | undefined): Subscription {
    this.#checkRoom();
    const reader = job.read(options);
    const largest = options.as === 'bytes' ? LARGEST_PIECE : LARGEST_PARSED_PIECE;
    const subscription = new Subscription({ id: job.id, handle }, reader, this.#turns, () =>
      Math.min(largest, this.#pieceBytes()),
    );
    this.#add(subscription);
    return subscription;
  }

  /** Like {@link open}, for the logs of all jobs and of the agent. Errors: AgentError `too-many`. */
  openLog(follow: () => LogReader, handle: number): FeedSubscription {
    return this.#openFeed(() => logFrames(handle, follow()), handle);
  }

  /** Like {@link open}, for resources. Errors: AgentError `too-many`. */
  openWatch(reader: ResourceReader, handle: number): FeedSubscription {
    return this.#openFeed(() => resourceFrames(handle, reader), handle);
  }

  /** Sends what a subscription has, and `end` when that was all. Resolves when it is over; never rejects. */
  async run(subscription: AnySubscription): Promise<void> {
    const end = await subscription.start(this.#outbox);
    this.#forget(subscription);
    const { id, handle } = subscription.owner;
    if (end.type === 'closed') return;
    if (end.type === 'failed') {
      const message = errorMessage(end.error);
      // A reader of resources that is too slow is no trouble of the agent.
      const isTold = id === undefined && isAgentError(end.error);
      this.#logger[isTold ? 'info' : 'error']({ job: id, error: message }, 'A subscription failed');
      const about = handle === undefined ? {} : { handle };
      this.#outbox.control(errorText(isAgentError(end.error) ? end.error.code : 'internal', message, about));
    }
    if (handle === undefined || id === undefined) return;
    const position = end.type === 'complete' ? end.position : subscription.position;
    this.#outbox.control(JSON.stringify({ type: 'end', id, handle, position }));
  }

  /** Ends a subscription without an `end` frame. False when there is none of this handle. */
  close(handle: number): boolean {
    const subscription = this.#byHandle.get(handle);
    if (subscription === undefined) return false;
    this.discard(subscription);
    return true;
  }

  /** Ends a subscription that may never have started. */
  discard(subscription: AnySubscription): void {
    subscription.close();
    this.#forget(subscription);
  }

  /** To be called when the peer has taken enough for more to be fetched. */
  wake(): void {
    this.#turns.wake();
  }

  closeAll(): void {
    for (const subscription of this.#all) this.discard(subscription);
    this.#turns.close();
  }

  #openFeed(open: () => FrameSource, handle: number): FeedSubscription {
    this.#checkRoom();
    const pieceBytes = (): number => Math.min(LARGEST_PARSED_PIECE, this.#pieceBytes());
    const subscription = new FeedSubscription(handle, open(), this.#turns, pieceBytes);
    this.#add(subscription);
    return subscription;
  }

  #checkRoom(): void {
    const { subscriptions } = this.#limits;
    if (this.#all.size < subscriptions) return;
    throw new AgentError('too-many', `Cannot subscribe: this connection has ${subscriptions} subscriptions`);
  }

  #add(subscription: AnySubscription): void {
    this.#all.add(subscription);
    const { handle } = subscription.owner;
    if (handle !== undefined) this.#byHandle.set(handle, subscription);
  }

  #forget(subscription: AnySubscription): void {
    this.#all.delete(subscription);
    if (subscription.owner.handle !== undefined) this.#byHandle.delete(subscription.owner.handle);
  }

  /** All subscriptions fetching at once stay within the soft limit. */
  #pieceBytes(): number {
    const share = Math.floor(this.#limits.softBytes / Math.max(1, this.#all.size));
    return Math.max(SMALLEST_PIECE, Math.min(LARGEST_PIECE, share));
  }
}
