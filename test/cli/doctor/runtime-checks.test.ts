import { expect, test } from 'vitest';

import { runtimeChecks } from '../../../src/cli/doctor/runtime-checks.ts';

const runc = { name: 'runc', program: '/usr/sbin/runc', version: '1.3.3' };
const crun = { name: 'crun', program: '/usr/bin/crun', version: '1.8.1' };

test('`runtimeChecks()` says which runtime made a container', () => {
  expect(runtimeChecks([runc, { name: 'crun', trouble: 'it is not installed' }])).toEqual([
    { name: 'Containers by runc', status: 'ok', found: '1.3.3, /usr/sbin/runc, made one just now' },
  ]);
});

test('`runtimeChecks()` warns of holes, of what does not work, and of none', () => {
  expect(
    runtimeChecks([
      { ...runc, warning: 'It has a hole.' },
      { ...crun, trouble: 'no groups' },
    ]),
  ).toMatchObject([
    { status: 'warn', advice: 'It has a hole.' },
    { status: 'warn', advice: 'Nothing to do: another runtime works. Why: no groups' },
  ]);
  expect(runtimeChecks([{ ...runc, usersTrouble: 'no namespaces' }])).toMatchObject([
    { status: 'warn', advice: 'Root in a container is root outside. Why: no namespaces' },
  ]);
  expect(runtimeChecks([{ ...crun, trouble: 'no groups' }])).toMatchObject([
    { status: 'warn', advice: 'Jobs run, but no containers. Why: no groups' },
  ]);
  expect(runtimeChecks([{ name: 'runc', trouble: 'it is not installed' }])).toMatchObject([
    { name: 'Containers', status: 'warn', found: 'no runtime' },
  ]);
});
