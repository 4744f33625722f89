/** Lets those who want the same take turns, and all others go at once. */
export class Turns {
  readonly #taken = new Map<string, Promise<void>>();

  /** Does `work` when nobody else works with any of `keys`. Errors: the signal's reason while it waits; what `work` throws. */
  async take<Answer>(keys: readonly string[], signal: AbortSignal, work: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const others = keys.map((key) => this.#taken.get(key)).filter((other) => other !== undefined);
      if (others.length === 0) break;
      await orAborted(Promise.all(others), signal);
    }
    signal.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const key of keys) this.#taken.set(key, promise);
    try {
      return await work();
    } finally {
      for (const key of keys) this.#taken.delete(key);
      resolve();
    }
  }
}

async function orAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
