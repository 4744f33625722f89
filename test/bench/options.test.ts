import { expect, test } from 'vitest';

import { readOptions } from '../../bench/options.ts';

const read = (...args: string[]): unknown => readOptions(args, ['jobs', 'calls'], 'results.md');

test('readOptions() writes the results of a whole run only', () => {
  expect(read()).toEqual({ rows: [], quick: false, out: 'results.md' });
  expect(read('--quick')).toEqual({ rows: [], quick: true, out: undefined });
  expect(read('calls')).toEqual({ rows: ['calls'], quick: false, out: undefined });
  expect(read('calls', '--out', 'x.md')).toEqual({ rows: ['calls'], quick: false, out: 'x.md' });
});

test('readOptions() names what it does not know', () => {
  expect(() => read('call')).toThrow('"call" is no row; there are jobs, calls');
  expect(() => read('--out')).toThrow('--out needs a file');
});
