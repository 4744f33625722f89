import { expect, test } from 'vitest';
import { completeLimits, DEFAULT_SERVER_LIMITS } from '../../src/server/limits.ts';

test('the limits are those that were promised (SEC-19, SEC-20, WS-2, WS-3, WS-5)', () => {
  expect(DEFAULT_SERVER_LIMITS).toMatchObject({
    frameBytes: 1024 * 1024,
    fragments: 1024,
    bufferedChunks: 16_384,
    unanswered: 1024,
    softBytes: 1024 * 1024,
    resumeBytes: 256 * 1024,
    hardBytes: 8 * 1024 * 1024,
    heartbeatMs: 20_000,
    deadPeerMs: 40_000,
    drainMs: 5000,
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 15_000,
    timeoutCheckMs: 2500,
    headerBytes: 16 * 1024,
    headers: 100,
    connections: 1024,
    connectionsPerAddress: 64,
  });
});

test.each([
  [{}, { connections: 1024, sessions: 1000 }],
  [{ connections: 10_024 }, { sessions: 10_000 }],
  [{ connections: 1 }, { sessions: 1 }],
  [{ connections: 100, sessions: 7 }, { sessions: 7 }],
])('`completeLimits()` leaves connections beside the sessions: %j', (given, expected) => {
  expect(completeLimits(given)).toMatchObject(expected);
});
