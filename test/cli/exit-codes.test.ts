import { describe, expect, test } from 'vitest';

import { exitCodeOfResult, exitCodeOfSignal } from '../../src/cli/exit-codes.ts';
import { REASONS, STATES } from '../../src/protocol/reasons.ts';
import type { JobResult } from '../../src/protocol/result.ts';

const result = (facts: Partial<JobResult>): JobResult => ({
  id: 'x',
  command: 'core.system',
  data: '',
  streams: ['', ''],
  level: 0,
  state: 'ERROR',
  code: 1000,
  starttime: 0,
  time: 0,
  tags: [],
  container: 0,
  reason: 'exited',
  runs: 1,
  output: { bytes: 0, dropped: 0 },
  output_open: false,
  cleanup: 'group',
  survivors: [],
  ...facts,
});

describe('exitCodeOfResult()', () => {
  test.each<[string, Partial<JobResult>, number]>([
    ['success', { state: 'SUCCESS', code: 0, exit: { code: 0 } }, 0],
    ['an exit code that counts as success', { state: 'SUCCESS', code: 0, exit: { code: 3 } }, 0],
    ['an exit code', { code: 1003, exit: { code: 3 } }, 3],
    ['a signal', { reason: 'signaled', code: 1137, exit: { signal: 'SIGKILL' } }, 137],
    ['a timeout', { reason: 'timeout', state: 'TIMEOUT', code: 1143, exit: { signal: 'SIGTERM' } }, 124],
    ['a kill', { reason: 'killed', state: 'KILLED', exit: { signal: 'SIGTERM' } }, 143],
    ['a kill answered with an exit code', { reason: 'killed', state: 'KILLED', exit: { code: 7 } }, 7],
    ['a kill answered with exit code 0', { reason: 'killed', state: 'KILLED', exit: { code: 0 } }, 143],
    ['a cancelled job', { reason: 'cancelled', state: 'KILLED', code: 499 }, 143],
    ['out of memory', { reason: 'out-of-memory', code: 1137, exit: { signal: 'SIGKILL' } }, 137],
    ['no such program', { reason: 'spawn-failed', code: 404 }, 127],
    ['not executable', { reason: 'spawn-failed', code: 403 }, 126],
    ['a bad directory', { reason: 'spawn-failed', code: 400 }, 125],
    ['a machine that is full', { reason: 'spawn-failed', code: 503 }, 125],
    ['a built-in that failed', { reason: 'failed', code: 500 }, 1],
    ['a lost job', { reason: 'lost', code: 503 }, 125],
    ['an unknown command', { reason: 'rejected', state: 'UNKNOWN_CMD', code: 404 }, 127],
    ['a refused command', { reason: 'rejected', state: 'DUPILICATE_ID', code: 409 }, 125],
  ])('gives what a shell would for %s', (_, facts, code) => {
    expect(exitCodeOfResult(result(facts))).toBe(code);
  });

  test('gives 0 for no job that did not succeed', () => {
    for (const reason of REASONS) {
      for (const state of STATES) {
        for (const exit of [{ code: 0 }, { code: 1 }, { signal: 'SIGKILL' }, { signal: 'SIGNEW' }]) {
          const code = exitCodeOfResult(result({ reason, state, exit }));
          expect(code === 0).toBe(state === 'SUCCESS');
        }
        expect(exitCodeOfResult(result({ reason, state })) === 0).toBe(state === 'SUCCESS');
      }
    }
  });
});

describe('exitCodeOfSignal()', () => {
  test('adds 128, as shells do', () => {
    expect([exitCodeOfSignal('SIGINT'), exitCodeOfSignal('SIGPIPE')]).toEqual([130, 141]);
  });
});
