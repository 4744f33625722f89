import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judgeJournal } from '../../../bench/soak/judge-journal.ts';
import { Journal } from '../../../bench/soak/journal.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { planOf } from './facts.ts';

test('Journal reads what programs write down while it grows, half lines included', async () => {
  await using directory = tempDir();
  const journal = new Journal(directory.at('journal'));
  appendFileSync(journal.file, 'begin u.1 10 a.1 5.25 \nwrote u.1 10 a.1 5.50 100\nend u.1 10 a.1 6.');
  journal.read();
  expect(journal.runsOf('a.1')).toEqual([
    { key: 'u.1', uid: 'u', run: 1, id: 'a.1', pid: 10, beganAt: 5250, begun: 1, wrote: 100, left: [] },
  ]);
  appendFileSync(journal.file, '00 signal SEGV\n');
  journal.read();
  expect(journal.runsOf('a.1')[0]?.end).toEqual({ at: 6000, exit: { signal: 'SIGSEGV' } });
});

test('judgeJournal() finds a run that began twice, a job of two uids, and a crowded queue', async () => {
  await using directory = tempDir();
  const journal = new Journal(directory.at('journal'));
  const plans = new Map(
    ['a.1', 'a.2', 'a.3'].map((id) => [
      id,
      planOf({ id, command: { command: 'core.system', id, ...(id === 'a.1' ? {} : { queue: 'one' }) } }),
    ]),
  );
  const lines = [
    'begin u.1 10 a.1 1.00',
    'begin u.1 11 a.1 1.10',
    'begin v.1 12 a.1 1.20',
    'begin w.1 13 a.2 2.00',
    'begin x.1 14 a.3 2.50',
    'end w.1 13 a.2 3.00 exit 0',
    'end x.1 14 a.3 3.50 exit 0',
  ];
  appendFileSync(journal.file, `${lines.join('\n')}\n`);
  journal.read();
  expect(judgeJournal(journal, plans)).toEqual([
    'Run u.1 began 2 times',
    'Job a.1 ran under several uids: u, v',
    'Queue one had w.1 until 3000 and x.1 from 2500',
  ]);
});
