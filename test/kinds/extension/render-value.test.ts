import fc from 'fast-check';
import { expect, test } from 'vitest';

import { renderValue } from '../../../src/kinds/extension/render-value.ts';

test.each([
  ['a b', 'a b'],
  ['', ''],
  [1_000_000, '1000000'],
  [1e15, '1000000000000000'],
  [1e21, '1000000000000000000000'],
  [1.5e300, `15${'0'.repeat(299)}`],
  [-1e-7, '-0.0000001'],
  [1.25e-9, '0.00000000125'],
  [-0, '0'],
  [1.5, '1.5'],
  [true, 'true'],
  [false, 'false'],
  [{ a: [1, 'x'] }, '{"a":[1,"x"]}'],
  [[1, null], '[1,null]'],
])('`renderValue()` renders %j as %s', (value, text) => {
  expect(renderValue(value)).toBe(text);
});

test('`renderValue()` writes every number without exponent, and as the same number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = renderValue(value);
      expect(text).toMatch(/^-?\d+(\.\d+)?$/);
      expect(Number(text) === value).toBe(true);
    }),
  );
});
