import { expect, test } from 'vitest';
import { makeJobUid } from '../../src/engine/job-uid.ts';

test('`makeJobUid()` gives a fresh name at the same moment, sorted by time, fit for a folder', () => {
  const now = Date.now();
  const names = Array.from({ length: 1000 }, () => makeJobUid(now));
  expect(new Set(names).size).toBe(1000);
  for (const name of names) expect(name).toMatch(/^[\w-]{21}$/);
  expect(makeJobUid(now - 1).slice(0, 9) < makeJobUid(now).slice(0, 9)).toBe(true);
});
