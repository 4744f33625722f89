import { expect, test } from 'vitest';

import { exitCode, REASON_MEANINGS, REASONS } from '../../src/protocol/reasons.ts';

test('every reason has a meaning, as half a sentence', () => {
  expect(Object.keys(REASON_MEANINGS)).toEqual([...REASONS]);
  for (const meaning of Object.values(REASON_MEANINGS)) expect(meaning).toMatch(/^[a-z].*[^.]$/);
});

test.each([
  [{ code: 0 }, 1000],
  [{ code: 255 }, 1255],
  [{ signal: 'SIGKILL' as const }, 1137],
  [{ signal: 'SIGTERM' as const }, 1143],
])('exitCode() of %j is %i', (exit, code) => {
  expect(exitCode(exit)).toBe(code);
});
