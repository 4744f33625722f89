import type { Logger } from '../telemetry/logger.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../protocol/agent-error.ts';

/** A watcher's call that takes longer than this is named in the log. Milliseconds. */
const SLOW_MS = 50;
/** Promises of one watcher that may be pending; what would be more is dropped and counted. */
const MAX_PENDING = 1000;

/** What happened to a watcher's calls. */
export interface WatcherCounts {
  errors: number;
  slow: number;
  dropped: number;
}

/**
 * Calls hooks and handlers so that none of them is ever felt: what one throws is logged with its name
 * and counted, what one takes too long for is named, and promises it leaves behind are bounded.
 */
export class WatcherGuard {
  readonly counts: WatcherCounts = { errors: 0, slow: 0, dropped: 0 };
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pending = new Map<string, number>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Calls a watcher. Returns what it returned, or undefined when it threw or was dropped. */
  call<T>(watcher: string, moment: string, run: () => T): T | undefined {
    if ((this.#pending.get(watcher) ?? 0) >= MAX_PENDING) {
      this.counts.dropped += 1;
      return undefined;
    }
    const before = this.#clock.monotonic();
    try {
      const returned = run();
      if (isPromise(returned)) this.#follow(watcher, moment, returned);
      return returned;
    } catch (error) {
      this.#failed(watcher, moment, error);
      return undefined;
    } finally {
      const took = this.#clock.monotonic() - before;
      if (took > SLOW_MS) {
        this.counts.slow += 1;
        this.#logger.warn({ watcher, moment, took: Math.round(took) }, 'A watcher held up the event loop');
      }
    }
  }

  #follow(watcher: string, moment: string, promise: PromiseLike<unknown>): void {
    this.#pending.set(watcher, (this.#pending.get(watcher) ?? 0) + 1);
    const done = (): void => {
      const left = (this.#pending.get(watcher) ?? 1) - 1;
      if (left === 0) this.#pending.delete(watcher);
      else this.#pending.set(watcher, left);
    };
    promise.then(done, (error: unknown) => {
      done();
      this.#failed(watcher, moment, error);
    });
  }

  #failed(watcher: string, moment: string, error: unknown): void {
    this.counts.errors += 1;
    this.#logger.warn({ watcher, moment, error: errorMessage(error) }, 'A watcher failed');
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
