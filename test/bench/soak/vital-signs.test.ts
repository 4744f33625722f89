import { expect, test } from 'vitest';
import { growthOf } from '../../../bench/soak/vital-signs.ts';

test('growthOf() tells growth from going up and down', () => {
  const samples = (rss: (at: number) => number) =>
    Array.from({ length: 9 }, (_, at) => ({ at, rss: rss(at), files: 7 }));
  expect(
    growthOf(
      samples((at) => 100 + 3 * at),
      'rss',
    ),
  ).toBe(18);
  expect(
    growthOf(
      samples((at) => (at % 3) * 50),
      'rss',
    ),
  ).toBe(0);
  expect(
    growthOf(
      samples(() => 1),
      'files',
    ),
  ).toBe(0);
  expect(growthOf([], 'rss')).toBe(0);
});
