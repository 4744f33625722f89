import { expect, test } from 'vitest';
import { decideRestart } from '../../src/engine/restart-policy.ts';
import type { RestartDecision, RunFacts } from '../../src/engine/restart-policy.ts';
import type { RunOutcome } from '../../src/engine/run-outcome.ts';
import { parseCommand } from '../../src/protocol/command.ts';

const SUCCESS: RunOutcome = { reason: 'exited', state: 'SUCCESS', code: 0, retryable: true };
const FAILURE: RunOutcome = { reason: 'exited', state: 'ERROR', code: 1001, retryable: true };
const NO_PROGRAM: RunOutcome = { reason: 'spawn-failed', state: 'ERROR', code: 404, retryable: false };
const KILLED: RunOutcome = { reason: 'killed', state: 'KILLED', code: 1143, retryable: true };

function decide(wire: object, facts: Partial<RunFacts> = {}, random = 0): RestartDecision {
  return decideRestart(
    {
      command: parseCommand({ command: 'core.system', ...wire }),
      outcome: FAILURE,
      durationMs: 5,
      failures: 0,
      final: false,
      protected: false,
      shutdown: false,
      ...facts,
    },
    () => random,
  );
}

test('`decideRestart()` settles a failure without max_restart', () => {
  expect(decide({})).toEqual({ type: 'settle', reason: 'no-restarts-left' });
});

test('`decideRestart()` allows max_restart restarts, so one run more', () => {
  const again = [0, 1, 2, 3].map((failures) => decide({ max_restart: 3 }, { failures }).type);
  expect(again).toEqual(['again', 'again', 'again', 'settle']);
});

test('`decideRestart()` doubles the delay from 1 s up to 60 s', () => {
  const delays = [0, 1, 2, 5, 6, 20].map((failures) => decide({ max_restart: 100 }, { failures }));
  expect(delays.map((decision) => decision.type === 'again' && decision.delayMs)).toEqual([
    1000, 2000, 4000, 32_000, 60_000, 60_000,
  ]);
});

test('`decideRestart()` takes up to a fifth off the delay at random', () => {
  expect(decide({ max_restart: 1 }, {}, 0.999)).toMatchObject({ delayMs: 800 });
});

test('`decideRestart()` counts failures anew after a run of 10 times the delay and at least 10 s', () => {
  expect(decide({ max_restart: 5 }, { failures: 3, durationMs: 39_999 })).toMatchObject({ failures: 4 });
  expect(decide({ max_restart: 5 }, { failures: 3, durationMs: 40_000 })).toMatchObject({ failures: 1, delayMs: 1000 });
  expect(decide({ max_restart: 5, restart_delay: 0.01 }, { failures: 1, durationMs: 9_999 })).toMatchObject({
    failures: 2,
  });
  expect(decide({ max_restart: 5, restart_delay: 0.01 }, { failures: 1, durationMs: 10_000 })).toMatchObject({
    failures: 1,
  });
});

test('`decideRestart()` never retries a program that is not there, whatever max_restart says', () => {
  expect(decide({ max_restart: 9 }, { outcome: NO_PROGRAM })).toEqual({ type: 'settle', reason: 'not-retryable' });
});

test('`decideRestart()` takes a kill as final: neither restart nor recurrence follows', () => {
  expect(decide({ max_restart: 9, recurring_period: 1 }, { outcome: KILLED })).toEqual({
    type: 'settle',
    reason: 'final',
  });
  expect(decide({ max_restart: 9, recurring_period: 1 }, { final: true })).toEqual({ type: 'settle', reason: 'final' });
});

test('`decideRestart()` runs a recurring job again after success and after failure', () => {
  expect(decide({ recurring_period: 2 }, { outcome: SUCCESS })).toMatchObject({ delayMs: 2000, reason: 'recurring' });
  expect(decide({ recurring_period: 2 })).toMatchObject({ delayMs: 2000, reason: 'recurring' });
});

test('`decideRestart()` restarts a failed recurring job first when it may', () => {
  expect(decide({ recurring_period: 50, max_restart: 1 })).toMatchObject({ delayMs: 1000, reason: 'failed' });
});

test('`decideRestart()` always runs a protected job again, with backoff', () => {
  expect(decide({}, { protected: true, outcome: SUCCESS })).toMatchObject({
    type: 'again',
    delayMs: 1000,
    failures: 1,
  });
  expect(decide({}, { protected: true, outcome: KILLED, failures: 1 })).toMatchObject({ type: 'again', delayMs: 2000 });
  expect(decide({}, { protected: true, final: true })).toMatchObject({ type: 'settle' });
});

test('`decideRestart()` lets only what always comes again outlive the agent’s own stop', () => {
  expect(decide({ max_restart: 3 }, { shutdown: true, outcome: KILLED })).toMatchObject({ type: 'settle' });
  expect(decide({ recurring_period: 9 }, { shutdown: true, outcome: KILLED })).toMatchObject({
    type: 'again',
    delayMs: 0,
  });
  expect(decide({}, { shutdown: true, protected: true, outcome: KILLED })).toMatchObject({ type: 'again', delayMs: 0 });
});
