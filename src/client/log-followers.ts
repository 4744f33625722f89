import { AgentError } from '../protocol/agent-error.ts';
import type { LogFrame } from '../protocol/frames.ts';
import { LogFollower, type LogOptions, type LogPort } from './log-follower.ts';

/** Calls a built-in; rejects as `disconnected` when the present connection is lost, and is never sent again. */
type CallOnce = (name: string, args: object) => Promise<unknown>;

/** Frames of a handle whose answer is still on its way may come first; more than this is not believable. */
const MOST_EARLY_FRAMES = 1000;

/** Everybody of a client who follows logs, and whose frames are whose on the present connection. */
export class LogFollowers implements LogPort {
  readonly #callOnce: CallOnce;
  readonly #all = new Set<LogFollower>();
  readonly #byHandle = new Map<number, LogFollower>();
  #early: LogFrame[] = [];
  #asking = 0;
  #isUp = false;

  constructor(callOnce: CallOnce) {
    this.#callOnce = callOnce;
  }

  follow(options: LogOptions): LogFollower {
    const follower = new LogFollower(this, options);
    this.#all.add(follower);
    if (this.#isUp) void follower.onUp();
    return follower;
  }

  onUp(): void {
    this.#isUp = true;
    for (const follower of this.#all) void follower.onUp();
  }

  onDown(): void {
    this.#isUp = false;
    this.#byHandle.clear();
    this.#early = [];
    for (const follower of this.#all) follower.onDown();
  }

  onClosed(error: AgentError): void {
    for (const follower of [...this.#all]) follower.fail(error);
  }

  onFrame(frame: LogFrame): void {
    const follower = this.#byHandle.get(frame.handle);
    if (follower !== undefined) follower.onFrame(frame);
    else if (this.#asking > 0 && this.#early.length < MOST_EARLY_FRAMES) this.#early.push(frame);
  }

  async subscribe(args: object, follower: LogFollower): Promise<number> {
    this.#asking += 1;
    try {
      const { handle } = ((await this.#callOnce('logger.subscribe', args)) ?? {}) as { handle?: unknown };
      if (typeof handle !== 'number') {
        throw new AgentError('internal', 'Cannot follow the logs: the agent answered without a handle');
      }
      this.#byHandle.set(handle, follower);
      for (const frame of this.#early) if (frame.handle === handle) follower.onFrame(frame);
      this.#early = this.#early.filter((frame) => frame.handle !== handle);
      return handle;
    } finally {
      this.#asking -= 1;
      if (this.#asking === 0) this.#early = [];
    }
  }

  async unsubscribe(handle: number): Promise<void> {
    this.#byHandle.delete(handle);
    await this.#callOnce('logger.unsubscribe', { handle });
  }

  remove(follower: LogFollower): void {
    this.#all.delete(follower);
  }
}
