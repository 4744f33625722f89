import { expect, test } from 'vitest';

import { CLOSE_CODES, shouldReconnect } from '../../src/protocol/close-codes.ts';

test('CLOSE_CODES are of RFC 6455 or of the private range', () => {
  const numbers = Object.keys(CLOSE_CODES).map(Number);
  expect(numbers.filter((code) => !((code >= 1000 && code <= 1013) || (code >= 4000 && code <= 4999)))).toEqual([]);
  // Codes that may not be sent in a close frame.
  expect(numbers.filter((code) => [1004, 1005, 1006].includes(code))).toEqual([]);
});

test.each([
  [1000, false],
  [1006, true],
  [1009, false],
  [1012, true],
  [4008, true],
  [4011, false],
  [4999, true],
])('shouldReconnect() after %i: %s', (code, again) => {
  expect(shouldReconnect(code)).toBe(again);
});
