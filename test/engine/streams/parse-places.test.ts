import { describe, expect, test } from 'vitest';
import { ParsePlaces } from '../../../src/engine/streams/parse-places.ts';

describe('ParsePlaces', () => {
  test('gives the last place before a number', () => {
    const places = new ParsePlaces();
    expect(places.before(10)).toBeUndefined();
    places.add({ position: 300_000, lastSeq: 299_999, run: 1 });
    places.add({ position: 310_000, lastSeq: 309_999, run: 1 });
    places.add({ position: 600_000, lastSeq: 600_001, run: 1 });
    expect(places.before(299_999)).toBeUndefined();
    expect(places.before(599_999)?.position).toBe(300_000);
    // A message of this number came before that place.
    expect(places.before(600_001)?.position).toBe(300_000);
    expect(places.before(600_002)?.position).toBe(600_000);
  });

  test('keeps few of them, near ones dense and far ones sparse', () => {
    const places = new ParsePlaces();
    const step = 256 * 1024;
    const end = 40_000 * step;
    let found = new Set<number | undefined>();
    for (let position = step; position <= end; position += step)
      places.add({ position, lastSeq: position - 1, run: 1 });
    for (let position = 0; position <= end; position += step) {
      const { position: near = 0 } = places.before(position) ?? {};
      found = found.add(near);
      expect(position - near).toBeLessThanOrEqual(Math.max(2 * step, ((end - near) / 32) * 2));
    }
    expect(found.size).toBeLessThan(400);
  });
});
