import { describe, expect, test } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';
import { until } from '../harness/until.ts';

describe('systemClock', () => {
  test('tells the time of the machine', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
  });

  test('monotonic() never goes back', () => {
    const times = Array.from({ length: 1000 }, () => systemClock.monotonic());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('after() runs once, not before its time', async () => {
    const start = systemClock.monotonic();
    let runs = 0;
    systemClock.after(20, () => (runs += 1));
    await until('it ran', () => runs > 0);
    // Timers count whole milliseconds of a clock read at the start of the turn.
    expect(systemClock.monotonic() - start).toBeGreaterThanOrEqual(18);
    expect(runs).toBe(1);
  });

  test('after() never runs when it is disposed first', async () => {
    let early = false;
    let late = false;
    systemClock.after(1, () => (early = true))[Symbol.dispose]();
    systemClock.after(10, () => (late = true));
    await until('the later one ran', () => late);
    expect(early).toBe(false);
  });

  test('after() takes a time in the past for now', async () => {
    let ran = false;
    systemClock.after(-1, () => (ran = true));
    await until('it ran', () => ran);
  });

  test('after() does not run at once when the time is longer than a timer of the system', async () => {
    let ran = false;
    let later = false;
    using _ = systemClock.after(2 ** 40, () => (ran = true));
    systemClock.after(20, () => (later = true));
    await until('a little time has passed', () => later);
    expect(ran).toBe(false);
  });
});
