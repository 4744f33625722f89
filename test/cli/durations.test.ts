import { describe, expect, test } from 'vitest';

import { formatDuration, parseDuration } from '../../src/cli/durations.ts';

describe('parseDuration()', () => {
  test.each([
    ['10', 10],
    ['0', 0],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['500ms', 0.5],
    ['1.5s', 1.5],
    ['2m', 120],
    ['1h30m', 5400],
    ['1d', 86_400],
    ['1m0.1s100ms100ms', 60.3],
  ])('reads "%s" as %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each(['', ' ', '-1', '1x', '1 s', 's', '1s2', '1e3', 'NaN', 'Infinity', '1.s'])('refuses "%s"', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('formatDuration()', () => {
  test.each([
    [-5, '0 ms'],
    [0, '0 ms'],
    [340.4, '340 ms'],
    [1000, '1 s'],
    [12_345, '12.3 s'],
    [59_999, '59.9 s'],
    [60_000, '1m'],
    [250_000, '4m 10s'],
    [3_600_000, '1h'],
    [11_100_000, '3h 5m'],
    [176_400_000, '2d 1h'],
  ])('shows %d ms as "%s"', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
