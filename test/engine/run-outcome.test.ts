import { expect, test } from 'vitest';
import type { RunEnd, RunEnding } from '../../src/engine/process.ts';
import { outcomeOfEnd, outcomeOfFailedStart, outcomeOfIdleKill } from '../../src/engine/run-outcome.ts';

function end(ending: RunEnding, stop?: RunEnd['stop']): RunEnd {
  return {
    ending,
    ...(stop === undefined ? {} : { stop }),
    startedAt: 1,
    durationMs: 1,
    outputEnd: 0,
    outputDropped: 0,
    outputOnDisk: false,
    outputOpen: false,
    survivors: [],
    cleanup: 'group',
  };
}

const exit = (code: number): RunEnding => ({ type: 'exit', exit: { code }, outOfMemory: false });
const died = (signal: NodeJS.Signals): RunEnding => ({ type: 'exit', exit: { signal }, outOfMemory: false });

test.each([
  ['exit 0', end(exit(0)), 'exited', 'SUCCESS', 0],
  ['exit 3', end(exit(3)), 'exited', 'ERROR', 1003],
  ['exit 255', end(exit(255)), 'exited', 'ERROR', 1255],
  ['a signal of its own', end(died('SIGSEGV')), 'signaled', 'ERROR', 1139],
  [
    'out of memory',
    end({ type: 'exit', exit: { signal: 'SIGKILL' }, outOfMemory: true }),
    'out-of-memory',
    'ERROR',
    1137,
  ],
  ['killed by a caller', end(died('SIGTERM'), 'killed'), 'killed', 'KILLED', 1143],
  ['killed, handled TERM and exited 0', end(exit(0), 'killed'), 'killed', 'KILLED', 1000],
  ['timed out', end(died('SIGKILL'), 'timeout'), 'timeout', 'TIMEOUT', 1137],
  ['stopped with the agent', end(died('SIGTERM'), 'shutdown'), 'killed', 'KILLED', 1143],
  ['a function that returned', end({ type: 'returned', data: '1' }), 'exited', 'SUCCESS', 0],
  [
    'a function that returned after its time',
    end({ type: 'returned', data: '1' }, 'timeout'),
    'timeout',
    'TIMEOUT',
    504,
  ],
  [
    'a function that threw',
    end({ type: 'threw', error: { code: 'failed', message: 'no', number: 418 } }),
    'failed',
    'ERROR',
    418,
  ],
  ['a function that ignored a kill', end({ type: 'abandoned' }, 'killed'), 'killed', 'KILLED', 499],
  ['an owner that died', end({ type: 'lost', message: 'gone' }), 'lost', 'ERROR', 503],
])('`outcomeOfEnd()` tells %s', (_what, runEnd, reason, state, code) => {
  expect(outcomeOfEnd(runEnd, [])).toMatchObject({ reason, state, code });
});

test('`outcomeOfEnd()` takes a success code as success and keeps the exit', () => {
  expect(outcomeOfEnd(end(exit(3)), [3])).toMatchObject({ state: 'SUCCESS', code: 0, exit: { code: 3 } });
});

test('`outcomeOfEnd()` never gives a code below 1 to anything but success', () => {
  const endings: RunEnd[] = [
    end(died('SIGKILL')),
    end(died('SIGKILL'), 'killed'),
    end({ type: 'lost', message: '' }),
    end({ type: 'abandoned' }),
  ];
  for (const runEnd of endings) expect(outcomeOfEnd(runEnd, []).code).toBeGreaterThan(0);
});

test('`outcomeOfFailedStart()` keeps the code that says why', () => {
  const outcome = outcomeOfFailedStart({
    type: 'failed',
    error: { code: 'no-such-program', message: 'no', number: 404 },
    retryable: false,
  });
  expect(outcome).toMatchObject({ reason: 'spawn-failed', state: 'ERROR', code: 404, retryable: false });
});

test('`outcomeOfIdleKill()` tells a job that never ran from one between two runs', () => {
  expect(outcomeOfIdleKill(0)).toMatchObject({ reason: 'cancelled', state: 'KILLED', code: 499 });
  expect(outcomeOfIdleKill(2)).toMatchObject({ reason: 'killed', state: 'KILLED', code: 499 });
});
