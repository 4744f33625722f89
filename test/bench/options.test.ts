import { expect, test } from 'vitest';

import { readOptions } from '../../bench/options.ts';

const read = (...args: string[]): unknown => readOptions(args, ['jobs', 'calls'], 'results.md');

test('readOptions() writes the results of a whole run only', () => {
  const whole = { rows: [], quick: false, nodeFlags: [], out: 'results.md' };
  expect(read()).toEqual(whole);
  expect(read('--quick')).toEqual({ ...whole, quick: true, out: undefined });
  expect(read('calls')).toEqual({ ...whole, rows: ['calls'], out: undefined });
  expect(read('calls', '--out', 'x.md')).toEqual({ ...whole, rows: ['calls'], out: 'x.md' });
  expect(read('--node-flags', '--a=1 --b')).toEqual({ ...whole, nodeFlags: ['--a=1', '--b'], out: undefined });
});

test('readOptions() names what it does not know', () => {
  expect(() => read('call')).toThrow('"call" is no row; there are jobs, calls');
  expect(() => read('--out')).toThrow('--out needs a file');
});
