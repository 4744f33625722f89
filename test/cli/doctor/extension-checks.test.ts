import { expect, test } from 'vitest';

import { entryChecks, extensionChecks } from '../../../src/cli/doctor/extension-checks.ts';

const entry = { sort: 'extension', source: '/x.toml', commands: [], warnings: [] };

test('`entryChecks()` tells how many are well, and of each that failed or may be a mistake', () => {
  expect(
    entryChecks([
      { ...entry, name: 'a', state: 'loaded' },
      { ...entry, name: 'b', state: 'failed', reason: 'Cannot use the extension "b": why' },
      { ...entry, name: 'c', state: 'loaded', warnings: ['careful'] },
    ]),
  ).toEqual([
    { name: 'Extensions', status: 'ok', found: '2 loaded' },
    {
      name: 'Extension',
      status: 'fail',
      found: 'Cannot use the extension "b": why',
      advice: 'Mend /x.toml, then run: corex extension reload',
    },
    { name: 'Extension', status: 'warn', found: 'c: careful', advice: 'See /x.toml' },
  ]);
});

test('`extensionChecks()` has nothing to say where no agent answers', async () => {
  expect(await extensionChecks(undefined, undefined)).toEqual([]);
  expect(await extensionChecks('unix:/nonexistent', undefined)).toEqual([]);
});
