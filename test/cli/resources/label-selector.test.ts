import { describe, expect, test } from 'vitest';
import { readSelectors } from '../../../src/cli/resources/label-selector.ts';

describe('readSelectors()', () => {
  test.each([
    ['app=web', { key: 'app', operation: 'equal', values: ['web'] }],
    ['app == web', { key: 'app', operation: 'equal', values: ['web'] }],
    ['app=', { key: 'app', operation: 'equal', values: [''] }],
    ['tier!=db', { key: 'tier', operation: 'equal', values: ['db'], invert: true }],
    ['example.com/old', { key: 'example.com/old', operation: 'exists' }],
    ['!old', { key: 'old', operation: 'exists', invert: true }],
    ['env in (a, b)', { key: 'env', operation: 'in', values: ['a', 'b'] }],
    ['env notin (a)', { key: 'env', operation: 'in', values: ['a'], invert: true }],
    ['size<10', { key: 'size', operation: 'lt-numeric', values: ['10'] }],
    ['size >= 4 GiB', { key: 'size', operation: 'lt-numeric', values: ['4 GiB'], invert: true }],
    ['size>4GB', { key: 'size', operation: 'lte-numeric', values: ['4GB'], invert: true }],
    ['name<=m', { key: 'name', operation: 'lte', values: ['m'] }],
  ])('reads %s', (text, term) => {
    expect(readSelectors([text])).toEqual([[term]]);
  });

  test('takes all terms of a text, and any of several texts', () => {
    expect(readSelectors(['a,!b,c in (x,y)', 'd=e'])).toEqual([
      [
        { key: 'a', operation: 'exists' },
        { key: 'b', operation: 'exists', invert: true },
        { key: 'c', operation: 'in', values: ['x', 'y'] },
      ],
      [{ key: 'd', operation: 'equal', values: ['e'] }],
    ]);
    expect(readSelectors([])).toBeUndefined();
  });

  test.each(['', 'a,', ',', 'a b', '=x', 'a in x', '!a=b'])('refuses "%s"', (text) => {
    expect(() => readSelectors([text])).toThrow('Cannot read the labels');
  });
});
