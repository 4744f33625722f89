import { expect, test } from 'vitest';
import { FailedAttempts } from '../../src/security/failed-attempts.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

const limits = { failures: 5, windowMs: 60_000, addresses: 3 };

test('an address may fail five times a minute and is then told how long to wait (SEC-8)', async () => {
  const clock = new FakeClock();
  const attempts = new FailedAttempts(clock, limits);
  for (let count = 0; count < 5; count += 1) {
    expect(attempts.note('10.0.0.1')).toBe(0);
    await clock.advance(1000);
  }
  expect(attempts.note('10.0.0.1')).toBe(55_000);
  expect(attempts.note('10.0.0.2')).toBe(0);
  await clock.advance(55_000);
  expect(attempts.note('10.0.0.1')).toBe(0);
  expect(attempts.note('10.0.0.1')).toBe(1000);
});

test('tries while waiting do not make the wait longer', async () => {
  const clock = new FakeClock();
  const attempts = new FailedAttempts(clock, limits);
  for (let count = 0; count < 100; count += 1) attempts.note('10.0.0.1');
  await clock.advance(60_000);
  expect(attempts.note('10.0.0.1')).toBe(0);
});

test.each([
  ['2001:db8::1', '2001:db8:0:0:1234::9'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['fe80:1:2:3::', 'fe80:1:2:3:ffff:ffff:ffff:ffff'],
])('%s and %s count as one', (one, other) => {
  const attempts = new FailedAttempts(new FakeClock(), limits);
  for (let count = 0; count < 5; count += 1) attempts.note(one);
  expect(attempts.note(other)).toBeGreaterThan(0);
});

test('addresses of different networks count apart', () => {
  const attempts = new FailedAttempts(new FakeClock(), limits);
  for (let count = 0; count < 5; count += 1) attempts.note('2001:db8:0:1::1');
  expect(attempts.note('2001:db8:0:2::1')).toBe(0);
});

test('only so many addresses are remembered', () => {
  const attempts = new FailedAttempts(new FakeClock(), limits);
  for (let count = 0; count < 1000; count += 1) attempts.note(`10.0.${String(count >> 8)}.${String(count & 255)}`);
  expect(attempts.size).toBe(3);
});
