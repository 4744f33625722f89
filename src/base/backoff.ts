/** How long to wait before each try. Times are milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  readonly factor: number;
  readonly capMs: number;
  /** Part of the delay that is random, 0 to 1: with 0.2 the delay is 0.8 to 1.0 of the full one. */
  readonly jitter: number;
}

/**
 * The delay before try `attempt` (0 is the first): grows by `factor` from `firstMs` up to `capMs`,
 * less a random part. `random` gives 0 (included) to 1 (excluded).
 */
export function backoffDelay(backoff: Backoff, attempt: number, random: () => number): number {
  const full = Math.min(backoff.firstMs * backoff.factor ** attempt, backoff.capMs);
  return Math.round(full * (1 - backoff.jitter * random()));
}
