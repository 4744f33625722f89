import { expect, test } from 'vitest';
import { startupAnswerChecks, startupChecks } from '../../../src/cli/doctor/startup-checks.ts';

const entry = { after: ['boot'], command: 'x', since: 1 };

test('`startupAnswerChecks()` tells how many are well, of each that is not what to do, and what is wrong with files', () => {
  const entries = [
    { ...entry, id: 'db', state: 'running' },
    { ...entry, id: 'web', state: 'failed', why: 'it exited with 3' },
    { ...entry, id: 'behind', state: 'blocked', why: '"web" is failed' },
    { ...entry, id: 'typo', state: 'invalid', why: 'it comes after "dv"' },
  ];
  const problems = [{ source: '/d/x.toml', message: 'It is damaged' }];
  expect(startupAnswerChecks({ milestones: [], entries, problems })).toEqual([
    { name: 'Startup', status: 'ok', found: '1 of 4 entries are well' },
    {
      name: 'Startup',
      status: 'fail',
      found: 'web is failed: it exited with 3',
      advice: 'See: corex logs web; then run: corex startup start web',
    },
    {
      name: 'Startup',
      status: 'warn',
      found: 'behind is blocked: "web" is failed',
      advice: 'See: corex startup; corex logs behind',
    },
    {
      name: 'Startup',
      status: 'fail',
      found: 'typo is invalid: it comes after "dv"',
      advice: 'Mend its entry, then run: corex startup reload',
    },
    {
      name: 'Startup',
      status: 'fail',
      found: 'It is damaged',
      advice: 'Mend /d/x.toml, then run: corex startup reload',
    },
  ]);
});

test('`startupAnswerChecks()` has nothing to say where nothing is started', () => {
  expect(startupAnswerChecks({ milestones: [], entries: [], problems: [] })).toEqual([]);
});

test('`startupChecks()` has nothing to say where no agent answers', async () => {
  expect(await startupChecks(undefined, undefined)).toEqual([]);
  expect(await startupChecks('unix:/nonexistent', undefined)).toEqual([]);
});
