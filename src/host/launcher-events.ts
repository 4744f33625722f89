import { PassingMap } from '../base/passing-map.ts';
import type { LauncherEvent, RunKey } from './launcher.ts';

/**
 * A launcher's events on their way to their one consumer. However slow it is, a run has at most one `grew` and one
 * `stdin` waiting: a newer one takes the older one's place.
 */
export class LauncherEvents implements AsyncIterable<LauncherEvent> {
  #waiting: { event: LauncherEvent }[] = [];
  readonly #replaceable = new PassingMap<string, { event: LauncherEvent }>();
  readonly #grown = new PassingMap<RunKey, number>();
  #wake: (() => void) | undefined;
  #consumer = 0;
  #isClosed = false;

  /** The run's log ends at `end` now; told once at the end of this turn of the loop. */
  grew(key: RunKey, end: number): void {
    if (this.#grown.size === 0) {
      setImmediate(() => {
        this.#pushGrown();
      });
    }
    this.#grown.set(key, end);
  }

  /** Adds an event after all that happened before it. */
  push(event: LauncherEvent): void {
    this.#pushGrown();
    this.#add(event);
  }

  /** Nothing more happens: what waits is still given. */
  close(): void {
    this.#pushGrown();
    this.#isClosed = true;
    this.#wake?.();
  }

  /** Another consumer takes over: the earlier one's iteration ends, and what waited for it is dropped. */
  restart(): void {
    this.#consumer += 1;
    this.#waiting = [];
    this.#replaceable.clear();
    this.#grown.clear();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LauncherEvent, void, void> {
    const consumer = this.#consumer;
    for (;;) {
      if (consumer !== this.#consumer) return;
      const batch = this.#waiting;
      this.#waiting = [];
      this.#replaceable.clear();
      for (const { event } of batch) {
        yield event;
        if (consumer !== this.#consumer) return;
      }
      if (this.#waiting.length > 0) continue;
      if (this.#isClosed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #pushGrown(): void {
    if (this.#grown.size === 0) return;
    for (const [key, end] of this.#grown) this.#add({ type: 'grew', key, end });
    this.#grown.clear();
  }

  #add(event: LauncherEvent): void {
    if (this.#isClosed) return;
    const name = event.type === 'grew' || event.type === 'stdin' ? `${event.type} ${event.key}` : undefined;
    const older = name === undefined ? undefined : this.#replaceable.get(name);
    if (older !== undefined) {
      older.event = event;
      return;
    }
    const entry = { event };
    this.#waiting.push(entry);
    if (name !== undefined) this.#replaceable.set(name, entry);
    this.#wake?.();
  }
}
