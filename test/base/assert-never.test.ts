import { expect, test } from 'vitest';

import { assertNever } from '../../src/base/assert-never.ts';

test('assertNever() throws on a value from outside the types, and names it', () => {
  expect(() => assertNever({ type: 'surprise' } as never)).toThrow(
    new TypeError('Cannot handle "{"type":"surprise"}": it is not one of the cases'),
  );
});
