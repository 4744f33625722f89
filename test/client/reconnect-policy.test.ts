import { expect, test } from 'vitest';
import { decideReconnect, DEFAULT_RECONNECT } from '../../src/client/reconnect-policy.ts';
import { AgentError } from '../../src/protocol/agent-error.ts';
import { CLOSE_CODES } from '../../src/protocol/close-codes.ts';

const error = new AgentError('disconnected', 'Lost');
const lost = { code: 1006, error, attempt: 0, downMs: 0 };
const almostOne = (): number => 0.999_999;

test('decideReconnect() waits a random time of a span that doubles up to the cap', () => {
  const longest = [0, 1, 2, 6, 7, 50].map((attempt) =>
    decideReconnect(DEFAULT_RECONNECT, { ...lost, attempt }, () => 0),
  );
  expect(longest).toEqual([250, 500, 1000, 16_000, 30_000, 30_000].map((delayMs) => ({ type: 'retry', delayMs })));
  expect(decideReconnect(DEFAULT_RECONNECT, { ...lost, attempt: 9 }, almostOne)).toEqual({ type: 'retry', delayMs: 0 });
});

test('decideReconnect() comes back soon after a restart, once', () => {
  const restart = { ...lost, code: 1012 };
  expect(decideReconnect({ firstMs: 10_000, capMs: 20_000 }, restart, almostOne)).toEqual({
    type: 'retry',
    delayMs: 250,
  });
  expect(decideReconnect({ firstMs: 10_000, capMs: 20_000 }, { ...restart, attempt: 1 }, () => 0)).toEqual({
    type: 'retry',
    delayMs: 20_000,
  });
});

test.each(Object.entries(CLOSE_CODES))('decideReconnect() heeds close code %s', (code, { reconnect }) => {
  const decision = decideReconnect(DEFAULT_RECONNECT, { ...lost, code: Number(code) }, Math.random);
  expect(decision.type).toBe(reconnect ? 'retry' : 'stop');
});

test.each(['unauthorized', 'forbidden', 'not-able', 'bad-arguments'] as const)(
  'decideReconnect() stops for good after "%s"',
  (code) => {
    const final = new AgentError(code, 'No');
    expect(decideReconnect(DEFAULT_RECONNECT, { ...lost, error: final }, Math.random)).toEqual({
      type: 'stop',
      error: final,
    });
  },
);

test('decideReconnect() stops when it is told not to, or has tried long enough', () => {
  expect(decideReconnect(false, lost, Math.random)).toEqual({ type: 'stop', error });
  const policy = { ...DEFAULT_RECONNECT, giveUpAfterMs: 1000 };
  expect(decideReconnect(policy, { ...lost, downMs: 999 }, Math.random).type).toBe('retry');
  expect(decideReconnect(policy, { ...lost, downMs: 1000 }, Math.random)).toEqual({ type: 'stop', error });
});
