import type { Clock } from '../../base/clock.ts';
import { DueTimes } from './due-times.ts';

/** What was taken, to be released. */
export interface Taken<Value> {
  readonly key: string;
  readonly value: Value;
}

/** Keys that were taken are let go when there are so many. */
const COMPACT_AT = 1_024;

/**
 * Work to be done, by key: each key once, with its newest value, in the order in which it became due. What is taken is on
 * hold: it is given to nobody else until it is released, and work that came for it meanwhile is due at once then.
 */
export class KeyQueue<Value> {
  readonly #clock: Clock;
  /** Due now. */
  readonly #ready = new Map<string, Value>();
  /** Their keys in order, each once, beginning at `#first`: a map with many taken out of its front is slow to begin. */
  #order: string[] = [];
  #first = 0;
  /** Due later. */
  readonly #later = new Map<string, { readonly value: Value; readonly due: number }>();
  /** When; what is there no more is passed over. */
  readonly #times = new DueTimes();
  /** Taken, and what came for them since. */
  readonly #held = new Map<string, { readonly value: Value } | undefined>();
  readonly #takers: PromiseWithResolvers<Taken<Value> | undefined>[] = [];
  #timer: { readonly due: number; readonly waiting: Disposable } | undefined;
  #again = 0;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What waits; work that came for what is on hold included. */
  get length(): number {
    return this.#ready.size + this.#later.size + this.#again;
  }

  /** Due at once, whatever it was put off to before. */
  put(key: string, value: Value): void {
    if (this.#held.has(key)) {
      if (this.#held.get(key) === undefined) this.#again += 1;
      this.#held.set(key, { value });
      return;
    }
    this.#later.delete(key);
    this.#enqueue(key, value);
    this.#serve();
  }

  /** Gives back what was taken. `again`: as work that is due this much later, unless other work came for it. */
  release(key: string, again?: { readonly value: Value; readonly afterMs: number }): void {
    const came = this.#held.get(key);
    this.#held.delete(key);
    if (came !== undefined) {
      this.#again -= 1;
      this.#enqueue(key, came.value);
    } else if (again !== undefined) {
      const due = this.#clock.monotonic() + again.afterMs;
      this.#later.set(key, { value: again.value, due });
      this.#times.push({ key, due });
    }
    this.#serve();
  }

  /** The next that is due, from now on on hold; undefined when the queue is closed. */
  take(): Promise<Taken<Value> | undefined> {
    const taker: PromiseWithResolvers<Taken<Value> | undefined> = Promise.withResolvers();
    this.#takers.push(taker);
    this.#serve();
    return taker.promise;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.waiting[Symbol.dispose]();
    this.#serve();
  }

  #serve(): void {
    if (this.#isClosed) {
      for (const taker of this.#takers.splice(0)) taker.resolve(undefined);
      return;
    }
    this.#ripen();
    while (this.#takers.length > 0) {
      const key = this.#order[this.#first];
      if (key === undefined) break;
      const value = this.#ready.get(key) as Value;
      this.#first += 1;
      this.#ready.delete(key);
      this.#held.set(key, undefined);
      this.#takers.shift()?.resolve({ key, value });
    }
    if (this.#first < COMPACT_AT || this.#first * 2 < this.#order.length) return;
    this.#order = this.#order.slice(this.#first);
    this.#first = 0;
  }

  #enqueue(key: string, value: Value): void {
    if (!this.#ready.has(key)) this.#order.push(key);
    this.#ready.set(key, value);
  }

  /** What has become due goes to the others; the next is waited for. */
  #ripen(): void {
    for (;;) {
      const first = this.#times.earliest;
      if (first === undefined) return;
      const known = this.#later.get(first.key);
      if (known?.due === first.due) {
        const inMs = first.due - this.#clock.monotonic();
        if (inMs > 0) {
          this.#wakeAt(first.due, inMs);
          return;
        }
        this.#later.delete(first.key);
        this.#enqueue(first.key, known.value);
      }
      this.#times.pop();
    }
  }

  #wakeAt(due: number, inMs: number): void {
    if (this.#timer !== undefined && this.#timer.due <= due) return;
    this.#timer?.waiting[Symbol.dispose]();
    const waiting = this.#clock.after(Math.ceil(inMs), () => {
      this.#timer = undefined;
      this.#serve();
    });
    this.#timer = { due, waiting };
  }
}
