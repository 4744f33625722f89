import { describe, expect, test } from 'vitest';

import { jobColumns, stateText } from '../../src/cli/job-table.ts';
import { plainPaint } from '../../src/cli/paint.ts';
import { tableLines } from '../../src/cli/table.ts';
import type { JobInfo } from '../../src/protocol/job-info.ts';

const now = 1_000_000;
const job = (facts: Partial<JobInfo>): JobInfo => ({
  id: '2f1c9a54-7d0e-4d42-9f3c-0d6a1f0b7c11',
  command: 'core.system',
  state: 'running',
  priority: 0,
  tags: [],
  runs: 1,
  accepted: now - 5000,
  started: now - 4000,
  output: 0,
  ...facts,
});
const settled = (reason: string, code: number, state = 'ERROR') =>
  job({ state: 'settled', ended: now, result: { reason, code, state } });

describe('stateText()', () => {
  test.each([
    [job({}), 'running'],
    [job({ state: 'waiting', next: now + 2500 }), 'in 2.5 s'],
    [settled('exited', 0, 'SUCCESS'), 'done'],
    [settled('exited', 1003), 'exit 3'],
    [settled('signaled', 1137), 'SIGKILL'],
    [settled('timeout', 1143, 'TIMEOUT'), 'timeout'],
    [settled('killed', 1143, 'KILLED'), 'killed'],
    [settled('cancelled', 499, 'KILLED'), 'cancelled'],
    [settled('spawn-failed', 404), 'not started'],
    [settled('out-of-memory', 1137), 'no memory'],
    [settled('lost', 503), 'lost'],
  ])('says it in a word or two', (info, text) => {
    expect(stateText(info, now)).toBe(text);
  });
});

describe('jobColumns()', () => {
  const table = (jobs: JobInfo[], width: number | undefined) =>
    tableLines(jobColumns(now), jobs, { width, paint: plainPaint });

  test('shows at 80 columns what matters most', async () => {
    const title = 'pg_dump --format custom --file nightly.dump';
    const jobs = [
      job({ title, queue: 'disk', tags: ['nightly', 'database'], pid: 4711, runs: 2 }),
      settled('exited', 1003),
    ];
    expect(await table(jobs, 80)).toEqual([
      'ID                                    STATE    TIME  QUEUE  COMMAND',
      '2f1c9a54-7d0e-4d42-9f3c-0d6a1f0b7c11  running   4 s  disk   pg_dump --format cu…',
      '2f1c9a54-7d0e-4d42-9f3c-0d6a1f0b7c11  exit 3    4 s         core.system',
    ]);
  });

  test('names the program with its arguments, or the command when it is no program', async () => {
    const jobs = [job({ title: 'make -j2 all' }), job({ command: 'tools.report' })];
    expect((await table(jobs, undefined)).map((line) => line.trimEnd().split(/ {2,}/).at(-1))).toEqual([
      'COMMAND',
      'make -j2 all',
      'tools.report',
    ]);
  });

  test('has no time for what never ran', async () => {
    expect(
      await table(
        [
          job({
            state: 'settled',
            started: 0,
            ended: now,
            result: { reason: 'spawn-failed', code: 404, state: 'ERROR' },
          }),
        ],
        200,
      ),
    ).toEqual([
      'ID                                    STATE        AGE  COMMAND',
      '2f1c9a54-7d0e-4d42-9f3c-0d6a1f0b7c11  not started  5 s  core.system',
    ]);
  });
});
