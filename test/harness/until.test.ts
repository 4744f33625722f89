import { describe, expect, test } from 'vitest';

import { until } from './until.ts';
import { within } from './within.ts';

describe('until()', () => {
  test('returns the first truthy answer', async () => {
    let looks = 0;
    expect(await until('there were three looks', () => (looks += 1) === 3 && looks)).toBe(3);
  });

  test('fails with what was awaited and the last error when time is up', async () => {
    const trouble = new Error('Not yet');
    const look = (): boolean => {
      throw trouble;
    };
    await expect(until('pigs fly', look, { withinMs: 20 })).rejects.toThrow(
      expect.objectContaining({ message: 'Waited 20 ms in vain until pigs fly', cause: trouble }),
    );
  });
});

describe('within()', () => {
  test('gives the outcome of the promise', async () => {
    expect(await within(1000, 'a number', Promise.resolve(7))).toBe(7);
    await expect(within(1000, 'a number', Promise.reject(new Error('No number')))).rejects.toThrow('No number');
  });

  test('fails with what was awaited when it takes too long', async () => {
    await expect(within(20, 'a word', Promise.withResolvers().promise)).rejects.toThrow(
      'Waited 20 ms in vain for a word',
    );
  });
});
