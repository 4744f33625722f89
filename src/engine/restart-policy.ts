/** What happens after a run: another one, or the end. A decision is a value with its reason. */
import { backoffDelay } from '../base/backoff.ts';
import type { Command } from '../protocol/command.ts';
import type { RunOutcome } from './run-outcome.ts';

/** Part of a restart's delay that is random, so that jobs that fail together don't restart together. */
const JITTER = 0.2;
const BACKOFF_FACTOR = 2;
/** A run is healthy, and the count of failures starts again, when it lasted this many times its delay… */
const HEALTHY_DELAYS = 10;
/** …and at least this long, milliseconds. */
const HEALTHY_MS = 10_000;

export interface RunFacts {
  readonly command: Command;
  readonly outcome: RunOutcome;
  /** Monotonic, milliseconds. */
  readonly durationMs: number;
  /** Failures in a row before this run. */
  readonly failures: number;
  /** A caller ended the job, or unscheduled it. */
  readonly final: boolean;
  /** Always runs again, whatever the outcome. */
  readonly protected: boolean;
  /** The run ended because the agent stops: what would run again does so at its next start. */
  readonly shutdown: boolean;
}

export type RestartDecision =
  | {
      readonly type: 'again';
      readonly delayMs: number;
      readonly failures: number;
      readonly reason: 'failed' | 'recurring' | 'protected' | 'shutdown';
    }
  | { readonly type: 'settle'; readonly reason: 'done' | 'final' | 'no-restarts-left' | 'not-retryable' };

/** Decides by the facts alone. `random` gives 0 to 1. */
export function decideRestart(facts: RunFacts, random: () => number): RestartDecision {
  const { command, outcome } = facts;
  if (facts.final) return { type: 'settle', reason: 'final' };
  const failed = outcome.state !== 'SUCCESS';
  const failures = isHealthy(facts) ? 0 : facts.failures;
  if (facts.shutdown) {
    const lives = facts.protected || command.recurringPeriodMs !== undefined;
    return lives ? { type: 'again', delayMs: 0, failures, reason: 'shutdown' } : { type: 'settle', reason: 'final' };
  }
  if (outcome.reason === 'killed' && !facts.protected) return { type: 'settle', reason: 'final' };
  if (facts.protected) {
    return {
      type: 'again',
      delayMs: restartDelay(command, failures, random),
      failures: failures + 1,
      reason: 'protected',
    };
  }
  if (failed && outcome.retryable && failures < command.maxRestart) {
    return {
      type: 'again',
      delayMs: restartDelay(command, failures, random),
      failures: failures + 1,
      reason: 'failed',
    };
  }
  if (command.recurringPeriodMs !== undefined) {
    return { type: 'again', delayMs: command.recurringPeriodMs, failures: failed ? failures : 0, reason: 'recurring' };
  }
  if (!failed) return { type: 'settle', reason: 'done' };
  return { type: 'settle', reason: outcome.retryable ? 'no-restarts-left' : 'not-retryable' };
}

function restartDelay(command: Command, failures: number, random: () => number): number {
  const backoff = {
    firstMs: command.restartDelayMs,
    factor: BACKOFF_FACTOR,
    capMs: command.restartMaxDelayMs,
    jitter: JITTER,
  };
  return backoffDelay(backoff, failures, random);
}

function isHealthy(facts: RunFacts): boolean {
  if (facts.failures === 0) return false;
  const { restartDelayMs, restartMaxDelayMs } = facts.command;
  const lastDelay = Math.min(restartDelayMs * BACKOFF_FACTOR ** (facts.failures - 1), restartMaxDelayMs);
  return facts.durationMs >= Math.max(HEALTHY_MS, HEALTHY_DELAYS * lastDelay);
}
