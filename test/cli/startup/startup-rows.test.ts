import { expect, test } from 'vitest';
import { startupColumns } from '../../../src/cli/startup/startup-rows.ts';
import { tableLines } from '../../../src/cli/table.ts';

test('startupColumns() show where entries stand, why, and what comes next', async () => {
  const now = 1_000_000;
  const row = { after: ['boot'], command: 'x', since: now - 5000 };
  const lines = await tableLines(
    startupColumns(now),
    [
      { ...row, id: 'db', state: 'running', pid: 7, runs: 3 },
      { ...row, id: 'web', state: 'waiting', waiting: ['db', 'cache'], after: ['db', 'cache'] },
      { ...row, id: 'old', state: 'failed', why: 'it exited with 3' },
      { ...row, id: 'tick', state: 'scheduled', next: now + 60_000, missed: 2 },
    ],
    { width: undefined, paint: (_look, text) => text },
  );
  expect(lines).toEqual([
    'ENTRY  STATE      FOR  PID  RUNS  AFTER     WHY                   COMMAND',
    'db     running    5 s    7     3  boot                            x',
    'web    waiting    5 s             db cache  for db, cache         x',
    'old    failed     5 s             boot      it exited with 3      x',
    'tick   scheduled  5 s             boot      next in 1m; missed 2  x',
  ]);
});
