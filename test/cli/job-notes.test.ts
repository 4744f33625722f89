import { describe, expect, test } from 'vitest';

import { describeDropped, describeEnd, describeEvent, describeGap } from '../../src/cli/job-notes.ts';
import type { JobEvent } from '../../src/protocol/frames.ts';

describe('describeEvent()', () => {
  test.each<[JobEvent, string | undefined, string | undefined]>([
    [{ event: 'queued' }, undefined, 'queued'],
    [{ event: 'queued', queue: 'disk' }, 'queued in "disk"', 'queued in "disk"'],
    [{ event: 'started', run: 1, pid: 7, position: 0 }, undefined, 'run 1 started, pid 7'],
    [{ event: 'started', run: 2, position: 0 }, 'run 2 started', 'run 2 started'],
    [
      {
        event: 'exited',
        run: 1,
        reason: 'exited',
        state: 'ERROR',
        code: 1003,
        exit: { code: 3 },
        time: 1200,
        position: 0,
      },
      undefined,
      'run 1 ended after 1.2 s: exited with 3',
    ],
    [
      { event: 'restarting', run: 2, delay_ms: 1500, reason: 'failed' },
      'next run in 1.5 s: failed',
      'next run in 1.5 s: failed',
    ],
    [{ event: 'stopping', run: 1, reason: 'killed' }, undefined, 'stopping: killed'],
    [{ event: 'stopping', run: 1, reason: 'timeout' }, 'stopping: timeout', 'stopping: timeout'],
    [{ event: 'progress', run: 1, done: 3, total: 10, text: 'files' }, '3/10 files', '3/10 files'],
    [{ event: 'stdin', offset: 3 }, undefined, undefined],
    [{ event: 'output-trouble', message: 'disk full' }, 'disk full', 'disk full'],
  ])('%j', (event, few, all) => {
    expect(describeEvent(event, { detailed: false })).toBe(few);
    expect(describeEvent(event, { detailed: true })).toBe(all);
  });
});

describe('describeEnd()', () => {
  test.each([
    [{ reason: 'exited', code: 0, exit: { code: 0 } }, 'exited with 0'],
    [{ reason: 'exited', code: 0 }, 'done'],
    [{ reason: 'signaled', code: 1137, exit: { signal: 'SIGKILL' } }, 'ended by SIGKILL'],
    [{ reason: 'timeout', code: 1001, exit: { code: 1 } }, 'stopped after its time was over (exit code 1)'],
    [{ reason: 'killed', code: 1143, exit: { signal: 'SIGTERM' } }, 'killed by a caller (SIGTERM)'],
    [
      { reason: 'spawn-failed', code: 404, error: { code: 'no-such-program', message: 'Cannot find it' } },
      'Cannot find it',
    ],
    [{ reason: 'spawn-failed', code: 404 }, 'could not be started (404)'],
  ] as const)('%j', (ending, text) => {
    expect(describeEnd(ending)).toBe(text);
  });
});

describe('describeGap() and describeDropped()', () => {
  test('tell how much and where', () => {
    expect(describeGap({ from: 1024, to: 3072 })).toBe('2.0 KiB of output are missing here (positions 1024 to 3072)');
    expect(describeDropped(3 * 1024 * 1024)).toMatch(/^3\.0 MiB of output are missing: /);
  });
});
