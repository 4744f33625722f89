import { expect, test } from 'vitest';
import { slopeOf } from '../../../bench/soak/vital-signs.ts';

test('slopeOf() tells growth from noise', () => {
  const samples = (rss: (at: number) => number) => [0, 1, 2, 3, 4].map((at) => ({ at, rss: rss(at), files: 7 }));
  expect(
    slopeOf(
      samples((at) => 100 + 3 * at),
      'rss',
    ),
  ).toBeCloseTo(3);
  expect(
    slopeOf(
      samples((at) => (at % 2 === 0 ? 90 : 110)),
      'rss',
    ),
  ).toBeCloseTo(0);
  expect(
    slopeOf(
      samples(() => 1),
      'files',
    ),
  ).toBe(0);
  expect(slopeOf([], 'rss')).toBe(0);
});
