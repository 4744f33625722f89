import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';

const WINDOW_MS = 10_000;
/** Writes in one window that no controller makes that has come to rest. */
const DEFAULT_WRITES = 5_000;

/** Names controllers that write on and on, such as two that undo each other's work. Each at most once in a window. */
export class HotLoops {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #limit: number;
  readonly #writes = new Map<string, number>();
  #since: number;

  /** `limit`: writes within ten seconds. @default 5_000 */
  constructor(clock: Clock, logger: Logger, limit = DEFAULT_WRITES) {
    this.#clock = clock;
    this.#logger = logger;
    this.#limit = limit;
    this.#since = clock.monotonic();
  }

  wrote(controller: string): void {
    const now = this.#clock.monotonic();
    if (now - this.#since >= WINDOW_MS) {
      this.#since = now;
      this.#writes.clear();
    }
    const writes = (this.#writes.get(controller) ?? 0) + 1;
    this.#writes.set(controller, writes);
    if (writes !== this.#limit) return;
    this.#logger.warn({ controller, writes, withinMs: now - this.#since }, 'A controller writes on and on');
  }
}
