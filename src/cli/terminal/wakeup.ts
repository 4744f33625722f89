import { setTimeout as delay } from 'node:timers/promises';

/** A sleep that can be ended; one that nobody sleeps yet is over at once. */
export class Wakeup {
  #called = Promise.withResolvers<undefined>();

  wake(): void {
    this.#called.resolve(undefined);
  }

  /** Resolves when it is called the next time. */
  get called(): Promise<undefined> {
    return this.#called.promise;
  }

  async sleep(ms: number): Promise<void> {
    const timer = new AbortController();
    const over = delay(ms, undefined, { signal: timer.signal });
    over.catch(() => undefined);
    await Promise.race([this.#called.promise, over]);
    timer.abort();
    this.#called = Promise.withResolvers();
  }
}
