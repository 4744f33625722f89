import { backoffDelay } from '../base/backoff.ts';
import { fault } from '../base/fault.ts';
import { errorMessage } from '../protocol/agent-error.ts';
import type { EngineParts } from './engine-parts.ts';

const BACKOFF = { firstMs: 100, factor: 2, capMs: 5000, jitter: 0.2 };

/**
 * Writes until the write is durable: what happened must not be told before it is stored, and it can't be
 * made not to have happened. Resolves false only when the agent is stopping and gives up.
 */
export async function persist(
  parts: EngineParts,
  what: 'intent' | 'outcome' | 'result',
  write: () => Promise<unknown>,
): Promise<boolean> {
  fault(`agent.${what}.before`);
  for (let attempt = 0; !(await succeeds(parts, what, write, attempt)); attempt += 1) {
    if (parts.isClosed()) return false;
    parts.counts.storeRetries += 1;
    const delay = backoffDelay(BACKOFF, attempt, parts.random);
    await new Promise<void>((resolve) => parts.clock.after(delay, resolve));
  }
  fault(`agent.${what}.after`);
  return true;
}

async function succeeds(
  parts: EngineParts,
  what: string,
  write: () => Promise<unknown>,
  attempt: number,
): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (attempt === 0 && !parts.isClosed())
      parts.logger.error({ what, error: errorMessage(error) }, 'Cannot store, trying again');
    return false;
  }
}
