import { describe, expect, test } from 'vitest';

import { RecentPrograms } from '../../src/host/recent-programs.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

describe('RecentPrograms', () => {
  test('knows a program for a second', async () => {
    const clock = new FakeClock();
    const recent = new RecentPrograms(clock);
    recent.set('key', '/bin/tool');
    await clock.advance(999);
    expect(recent.get('key')).toBe('/bin/tool');
    await clock.advance(1);
    expect(recent.get('key')).toBeUndefined();
    expect(recent.get('other')).toBeUndefined();
  });

  test('does not grow without end', () => {
    const recent = new RecentPrograms(new FakeClock());
    for (let n = 0; n < 10_000; n += 1) recent.set(String(n), '/bin/tool');
    const known = Array.from({ length: 10_000 }, (_, n) => recent.get(String(n))).filter(
      (found) => found !== undefined,
    );
    expect(known.length).toBeLessThan(300);
    expect(recent.get('9999')).toBe('/bin/tool');
  });
});
