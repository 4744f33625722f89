import { describe, expect, test } from 'vitest';

import { inTime } from '../../src/base/in-time.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

describe('inTime()', () => {
  test('answers and fails as the work does, and leaves no timer', async () => {
    const clock = new FakeClock();
    expect(await inTime(clock, 10, Promise.resolve('done'), 'late')).toBe('done');
    await expect(inTime(clock, 10, Promise.reject(new Error('broken')), 'late')).rejects.toThrow('broken');
    expect(clock.waiting).toBe(0);
  });

  test('answers otherwise when it takes too long', async () => {
    const clock = new FakeClock();
    const answer = inTime(clock, 10, new Promise<string>(() => undefined), 'late');
    await clock.advance(10);
    expect(await answer).toBe('late');
  });
});
