import { expect, test } from 'vitest';
import { AddressCount } from '../../src/server/address-count.ts';

test('an address count lets each address in so many times, and again when one left (SEC-20)', () => {
  const count = new AddressCount(2);
  expect([count.enter('a'), count.enter('a'), count.enter('a'), count.enter('b')]).toEqual([true, true, false, true]);
  count.leave('a');
  expect([count.enter('a'), count.enter('a')]).toEqual([true, false]);
});

test('an address count is not confused by one that leaves too often', () => {
  const count = new AddressCount(1);
  count.leave('a');
  expect([count.enter('a'), count.enter('a')]).toEqual([true, false]);
});
