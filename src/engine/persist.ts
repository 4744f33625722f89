import { backoffDelay } from '../base/backoff.ts';
import { errorMessage } from '../protocol/agent-error.ts';
import type { EngineParts } from './engine-parts.ts';

const BACKOFF = { firstMs: 100, factor: 2, capMs: 5000, jitter: 0.2 };

/**
 * Writes until the write is durable: what happened must not be told before it is stored, and it can't be
 * made not to have happened. Resolves false only when the agent is stopping and gives up.
 */
export async function persist(parts: EngineParts, what: string, write: () => Promise<unknown>): Promise<boolean> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await write();
      return true;
    } catch (error) {
      if (parts.isClosed()) return false;
      parts.counts.storeRetries += 1;
      if (attempt === 0) parts.logger.error({ what, error: errorMessage(error) }, 'Cannot store, trying again');
      const delay = backoffDelay(BACKOFF, attempt, parts.random);
      await new Promise<void>((resolve) => parts.clock.after(delay, resolve));
    }
  }
}
