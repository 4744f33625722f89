import type { Clock } from '../base/clock.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { EndFrame } from '../protocol/frames.ts';
import type { SubscriptionFrame } from './resume-point.ts';
import type { Subscriber, Subscription } from './subscription.ts';

/** What the subscriptions need of the connection: a call that is bound to it. */
export interface SubscriptionPort {
  /** Calls a built-in; rejects as `disconnected` when the present connection is lost, and is never sent again. */
  callOnce(name: string, args: object): Promise<unknown>;
  /** Drops the connection because of what came over it. */
  reject(why: string): void;
  /** Something is in the way that may pass. */
  onTrouble(error: AgentError): void;
  readonly clock: Clock;
}

/** Frames of a handle whose answer is still on its way may come first; more than this is not believable. */
const MAX_EARLY_FRAMES = 10_000;

/** All subscriptions of a client, and whose frames are whose on the present connection. */
export class Subscriptions implements Subscriber {
  readonly #port: SubscriptionPort;
  readonly #all = new Set<Subscription>();
  readonly #byHandle = new Map<number, Subscription>();
  /** Frames under handles nobody has yet, while answers to `job.subscribe` are on their way. */
  #early: (SubscriptionFrame | EndFrame)[] = [];
  #asking = 0;
  /** Handles that are being unsubscribed: their frames are nobody's. */
  readonly #leaving = new Set<number>();
  #isUp = false;
  #generation = 0;

  constructor(port: SubscriptionPort) {
    this.#port = port;
  }

  /** Lets a subscription read, as soon as there is a connection. */
  start(subscription: Subscription): void {
    if (subscription.isOver) return;
    this.#all.add(subscription);
    if (this.#isUp) subscription.onUp();
  }

  onUp(): void {
    this.#isUp = true;
    for (const subscription of [...this.#all]) subscription.onUp();
  }

  onDown(): void {
    this.#isUp = false;
    this.#generation += 1;
    this.#asking = 0;
    this.#early = [];
    this.#leaving.clear();
    this.#byHandle.clear();
    for (const subscription of this.#all) subscription.onDown();
  }

  onClosed(error: AgentError): void {
    for (const subscription of [...this.#all]) subscription.fail(error);
  }

  /** Takes a frame that carries a handle. */
  onFrame(frame: SubscriptionFrame | EndFrame): void {
    if (frame.handle === undefined) return;
    const subscription = this.#byHandle.get(frame.handle);
    if (subscription !== undefined) this.#deliver(subscription, frame);
    else if (this.#asking > 0 && !this.#leaving.has(frame.handle)) this.#keepEarly(frame);
  }

  /** The agent can't go on with a subscription. False when there is none of this handle. */
  onRefused(handle: number | undefined, error: AgentError): boolean {
    const subscription = this.#byHandle.get(handle ?? 0);
    subscription?.fail(error);
    return subscription !== undefined;
  }

  async subscribe(request: object, subscription: Subscription): Promise<{ handle: number; position: number }> {
    const generation = this.#generation;
    this.#asking += 1;
    try {
      const answer = readAnswer(await this.#port.callOnce('job.subscribe', request));
      if (generation !== this.#generation)
        throw new AgentError('disconnected', 'Cannot subscribe: the connection is lost');
      this.#byHandle.set(answer.handle, subscription);
      this.#deliverEarly(answer.handle, subscription);
      return answer;
    } finally {
      if (generation === this.#generation) this.#answered();
    }
  }

  async unsubscribe(handle: number): Promise<void> {
    const generation = this.#generation;
    this.#leaving.add(handle);
    try {
      await this.#port.callOnce('job.unsubscribe', { handle });
    } finally {
      if (generation === this.#generation) this.#forget(handle);
    }
  }

  later(ms: number, run: () => void): Disposable {
    return this.#port.clock.after(ms, run);
  }

  onTrouble(error: AgentError): void {
    this.#port.onTrouble(error);
  }

  remove(subscription: Subscription): void {
    this.#all.delete(subscription);
    if (this.#byHandle.get(subscription.handle) === subscription) this.#byHandle.delete(subscription.handle);
  }

  #deliver(subscription: Subscription, frame: SubscriptionFrame | EndFrame): void {
    if (!('type' in frame) || frame.type !== 'end') {
      subscription.onFrame(frame);
      return;
    }
    this.#byHandle.delete(frame.handle);
    subscription.onEnd();
  }

  #forget(handle: number): void {
    this.#leaving.delete(handle);
    this.#byHandle.delete(handle);
  }

  #keepEarly(frame: SubscriptionFrame | EndFrame): void {
    this.#early.push(frame);
    if (this.#early.length > MAX_EARLY_FRAMES) this.#port.reject('it sends output nobody asked for');
  }

  #deliverEarly(handle: number, subscription: Subscription): void {
    const mine = this.#early.filter((frame) => frame.handle === handle);
    if (mine.length === 0) return;
    this.#early = this.#early.filter((frame) => frame.handle !== handle);
    for (const frame of mine) this.#deliver(subscription, frame);
  }

  #answered(): void {
    this.#asking -= 1;
    if (this.#asking === 0) this.#early = [];
  }
}

function readAnswer(answer: unknown): { handle: number; position: number } {
  const { handle, position } = (answer ?? {}) as { handle?: unknown; position?: unknown };
  if (typeof handle === 'number' && typeof position === 'number') return { handle, position };
  throw new AgentError('internal', 'Cannot subscribe: the agent answered without a handle');
}
