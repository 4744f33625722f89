/** Whether and when to connect again. */
import { backoffDelay } from '../base/backoff.ts';
import { AgentError } from '../protocol/agent-error.ts';
import { CLOSE_CODES, shouldReconnect } from '../protocol/close-codes.ts';
import type { ErrorName } from '../protocol/error-codes.ts';

/** Times are milliseconds. */
export interface ReconnectPolicy {
  /** Longest delay before the first try. Each further try may wait twice as long. @default 250 */
  readonly firstMs: number;
  /** Longest delay at all. @default 30_000 */
  readonly capMs: number;
  /** Stop trying when no connection was made for this long. @default never */
  readonly giveUpAfterMs?: number;
}

export const DEFAULT_RECONNECT: ReconnectPolicy = { firstMs: 250, capMs: 30_000 };

/** What is known when a connection ended or could not be made. */
export interface Disconnection {
  /** Close code; 1006 when the connection broke or was never made. */
  readonly code: number;
  readonly error: AgentError;
  /** Tries that failed since the last healthy connection. */
  readonly attempt: number;
  /** Milliseconds since there was a connection. */
  readonly downMs: number;
}

export type ReconnectDecision =
  { readonly type: 'retry'; readonly delayMs: number } | { readonly type: 'stop'; readonly error: AgentError };

/** Errors after which the same try would fail again. */
const FINAL: readonly ErrorName[] = ['unauthorized', 'forbidden', 'not-able', 'bad-arguments'];

/** The agent said it restarts: a random delay up to this keeps its clients from arriving all at once. */
const RESTART_SPREAD_MS = 250;

/**
 * Decides after a lost connection. The delay is fully random between 0 and a bound that doubles; after close
 * code 1012 the first try comes soon. `random` gives 0 (included) to 1 (excluded).
 */
export function decideReconnect(
  policy: ReconnectPolicy | false,
  { code, error, attempt, downMs }: Disconnection,
  random: () => number,
): ReconnectDecision {
  if (policy === false || FINAL.includes(error.code) || !shouldReconnect(code)) return { type: 'stop', error };
  if (policy.giveUpAfterMs !== undefined && downMs >= policy.giveUpAfterMs) return { type: 'stop', error };
  if (code === 1012 && attempt === 0) return { type: 'retry', delayMs: Math.round(RESTART_SPREAD_MS * random()) };
  const backoff = { firstMs: policy.firstMs, factor: 2, capMs: policy.capMs, jitter: 1 };
  return { type: 'retry', delayMs: backoffDelay(backoff, attempt, random) };
}

/** The error for a connection that was closed with a code. */
export function closeError(url: string, code: number, reason: string): AgentError {
  const known = (CLOSE_CODES as Readonly<Record<number, { readonly meaning: string }>>)[code]?.meaning;
  const why = reason === '' ? (known ?? 'the connection broke') : reason;
  return new AgentError(codeName(code), `Lost the connection to "${url}": ${why} (${code})`);
}

function codeName(code: number): ErrorName {
  if (code === 4011) return 'unauthorized';
  if (code === 1008) return 'forbidden';
  return 'disconnected';
}
