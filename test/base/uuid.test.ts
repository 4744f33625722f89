import { expect, test } from 'vitest';

import { keptUuid } from '../../src/base/uuid.ts';

test('a kept UUID is one, of version 4, and no two are the same', () => {
  const made = Array.from({ length: 1_000 }, keptUuid);
  for (const uuid of made) expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(new Set(made).size).toBe(made.length);
});
