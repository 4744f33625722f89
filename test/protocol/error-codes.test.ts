import { describe, expect, test } from 'vitest';

import { ERROR_CODES, isErrorName } from '../../src/protocol/error-codes.ts';

describe('ERROR_CODES', () => {
  test.each(Object.entries(ERROR_CODES))('%s has a number of HTTP and a meaning in half a sentence', (name, code) => {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(code.number).toBeGreaterThanOrEqual(400);
    expect(code.number).toBeLessThan(600);
    expect(code.meaning).toMatch(/^[a-z].*[^.]$/);
  });
});

test('isErrorName() knows the rows of the table alone', () => {
  expect(isErrorName('lost')).toBe(true);
  expect(isErrorName('toString')).toBe(false);
  expect(isErrorName('')).toBe(false);
});
