import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, test } from 'vitest';

import { PassingMap } from '../../src/base/passing-map.ts';

describe('PassingMap', () => {
  test('is a map in the order in which things came', () => {
    const map = new PassingMap<string, number>();
    for (const [key, value] of Object.entries({ a: 1, b: 2, c: 3 })) map.set(key, value);
    map.set('a', 4);
    expect([map.delete('b'), map.delete('b'), map.has('b'), map.get('b')]).toEqual([true, false, false, undefined]);
    expect([map.size, map.has('a'), map.get('a')]).toEqual([2, true, 4]);
    expect([...map]).toEqual([
      ['a', 4],
      ['c', 3],
    ]);
    expect([...map.values()]).toEqual([4, 3]);
    map.clear();
    expect([map.size, ...map]).toEqual([0]);
  });

  test('tells one that goes over it what came meanwhile, and not what went', () => {
    const map = new PassingMap<number, string>();
    for (const key of [1, 2, 3]) map.set(key, `of ${String(key)}`);
    const seen: number[] = [];
    for (const [key] of map) {
      seen.push(key);
      if (key === 1) map.delete(2);
      if (key === 3) map.set(4, 'of 4');
      if (key === 4) break;
    }
    expect(seen).toEqual([1, 3, 4]);
  });

  test('lets young things go that were removed, also when it is old itself', () => {
    const map = new PassingMap<number, number[]>();
    const collect = collector();
    collect('major');
    const before = process.memoryUsage().heapUsed;
    for (let key = 0; key < 2000; key += 1) {
      map.set(
        key,
        Array.from({ length: 1000 }, () => key),
      );
      map.delete(key - 16);
      if (key % 50 === 49) collect('minor');
    }
    // All of them together take 16 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(6_000_000);
    expect(map.size).toBe(16);
  });
});

/** Frees memory at once: that of all that is unused, or of the young among it. */
function collector(): (type: 'major' | 'minor') => void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: { type: string }) => void;
  return (type) => gc({ type });
}
