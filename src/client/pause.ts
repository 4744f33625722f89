import type { Clock } from '../base/clock.ts';

/** Resolves after `ms`; rejects with the signal's reason when that comes first, and leaves no timer. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  using _timer = clock.after(ms, () => resolve(undefined));
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
