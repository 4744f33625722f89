import { describe, expect, test } from 'vitest';

import { readMoment } from '../../src/cli/moments.ts';

const now = new Date(2026, 0, 31, 14, 5, 0).getTime();

describe('readMoment()', () => {
  test.each([
    ['10m', now - 600_000],
    ['1h30m', now - 5_400_000],
    ['2.5', now - 2500],
    ['14:04', new Date(2026, 0, 31, 14, 4).getTime()],
    ['13:00:01.5', new Date(2026, 0, 31, 13, 0, 1, 500).getTime()],
    ['2026-01-30', new Date(2026, 0, 30).getTime()],
    ['2026-01-30 12:00', new Date(2026, 0, 30, 12).getTime()],
    ['2026-01-30T12:00:00Z', Date.UTC(2026, 0, 30, 12)],
    ['2026-01-30T12:00:00.250+02:00', Date.UTC(2026, 0, 30, 10, 0, 0, 250)],
  ])('reads %s', (text, moment) => {
    expect(readMoment('--since', text, now)).toBe(moment);
  });

  test.each(['', 'yesterday', '2026-13-01', '25:00', '10m ago', '2026-01-30Tnoon'])('refuses "%s"', (text) => {
    expect(() => readMoment('--since', text, now)).toThrow(/^Cannot read --since ".*": a duration such as/);
  });
});
