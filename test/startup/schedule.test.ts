import { describe, expect, test } from 'vitest';
import { nextDue, scheduleTrouble } from '../../src/startup/schedule.ts';

const due = (pattern: string, timezone: string | undefined, after: string): string | undefined => {
  const next = nextDue({ pattern, timezone, catchUp: false }, Date.parse(after));
  return next === undefined ? undefined : new Date(next).toISOString();
};

describe('nextDue()', () => {
  test.each([
    ['*/5 * * * *', 'UTC', '2026-01-01T00:00:00Z', '2026-01-01T00:05:00.000Z'],
    ['30 2 * * 1', 'UTC', '2026-01-01T00:00:00Z', '2026-01-05T02:30:00.000Z'],
    ['*/10 * * * * *', 'UTC', '2026-01-01T00:00:09.500Z', '2026-01-01T00:00:10.000Z'],
    ['0 9 * * *', 'Europe/Brussels', '2026-07-01T00:00:00Z', '2026-07-01T07:00:00.000Z'],
    ['0 9 * * *', 'Europe/Brussels', '2026-01-01T12:00:00Z', '2026-01-02T08:00:00.000Z'],
    // In the night in which 2:30 does not exist it runs after the gap, and in the one with two of them once.
    ['30 2 * * *', 'Europe/Brussels', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00.000Z'],
    ['30 2 * * *', 'Europe/Brussels', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00.000Z'],
  ])('of %j in %s after %s is %s', (pattern, timezone, after, next) => {
    expect(due(pattern, timezone, after)).toBe(next);
  });
});

describe('scheduleTrouble()', () => {
  test.each([
    ['* * * * *', undefined],
    ['@daily', 'UTC'],
  ])('has nothing against %j', (pattern, timezone) => {
    expect(scheduleTrouble(pattern, timezone)).toBeUndefined();
  });

  test.each([
    ['every day', undefined],
    ['61 * * * *', undefined],
    ['* * * * *', 'Mars/Olympus'],
    ['0 0 30 2 *', 'UTC'],
  ])('says what is wrong with %j in %s', (pattern, timezone) => {
    expect(scheduleTrouble(pattern, timezone)).toEqual(expect.stringMatching(/./));
  });
});
