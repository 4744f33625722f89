import { describe, expect, test } from 'vitest';

import { plainPaint } from '../../src/cli/paint.ts';
import { resultLines } from '../../src/cli/result-lines.ts';
import type { JobResult } from '../../src/protocol/result.ts';

const result: JobResult = {
  id: 'backup',
  command: 'core.system',
  data: '{}',
  streams: ['', ''],
  critical: 'disk\x1b[31m full',
  level: 20,
  state: 'KILLED',
  code: 1143,
  starttime: new Date(2026, 0, 2, 3, 4, 5).getTime(),
  time: 61_000,
  tags: ['a', 'b'],
  container: 0,
  reason: 'killed',
  exit: { signal: 'SIGTERM' },
  runs: 2,
  output: { bytes: 4096, dropped: 1024 },
  output_open: true,
  cleanup: 'sweep',
  survivors: [{ pid: 7, command: 'sleep 5' }],
};

describe('resultLines()', () => {
  test('tells every fact there is', () => {
    expect(resultLines(result, plainPaint)).toEqual([
      'Job       backup',
      'Command   core.system',
      'Ended     KILLED, killed by a caller (SIGTERM)',
      'Code      1143',
      'Started   2026-01-02 03:04:05',
      'Time      1m 1s',
      'Runs      2',
      'Output    4.0 KiB, of these 1.0 KiB dropped',
      'Open      something still held the output open when it was over',
      'Left      7 sleep 5',
      'Tags      a, b',
      'Critical  disk�[31m full',
      'Data      2 B of level 20, shown by --data',
    ]);
  });
});
