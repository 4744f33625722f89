import { expect, test } from 'vitest';

import { shortNumber, shortSpread, shortTarget } from '../../bench/report/numbers.ts';

test('shortNumber() keeps three digits that count', () => {
  expect([1650.4, 84.27, 0.4512, Number.NaN].map((value) => shortNumber(value))).toEqual([
    '1,650',
    '84.3',
    '0.45',
    '–',
  ]);
});

test('shortSpread() leaves out bounds that say nothing', () => {
  expect(shortSpread({ median: 2, min: 1, max: 3 })).toBe('2.00 [1.00–3.00]');
  expect(shortSpread({ median: 100.1, min: 100, max: 100.2 })).toBe('100');
});

test('shortTarget() tells the bound and what it is of', () => {
  expect(shortTarget({ of: 'ratio', atLeast: 0.45 }, 'jobs/s')).toBe('≥ 0.45 × bare');
  expect(shortTarget({ of: 'value', atMost: 20 }, 'ms')).toBe('≤ 20.0 ms');
  expect(shortTarget({ of: 'difference', atMost: 10 }, 'ms')).toBe('≤ bare + 10.0 ms');
  expect(shortTarget(undefined, 'ms')).toBe('–');
});
