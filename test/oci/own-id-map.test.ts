import { expect, test } from 'vitest';

import { chooseIdMap, ownIdMap, rangesIn } from '../../src/oci/own-id-map.ts';

const SIZE = 65_536;

test('`ownIdMap()` leads each agent to the same range each time, and others to others', async () => {
  const [one, again, other] = await Promise.all([ownIdMap('one'), ownIdMap('one'), ownIdMap('other')]);
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
  for (const { uid, gid, size } of [one, other]) {
    expect(size).toBe(SIZE);
    expect(gid).toBe(uid);
    expect(uid % SIZE).toBe(0);
    expect(uid).toBeGreaterThanOrEqual(524_288);
    expect(uid + size).toBeLessThanOrEqual(1_879_048_192);
  }
});

test('`chooseIdMap()` takes the range that is given to corex, where both files give one that is large enough', () => {
  const users = rangesIn('other:100000:65536\ncorex:300000:65536\n');
  const groups = rangesIn('corex:400000:70000\n');
  expect(chooseIdMap('one', users, groups)).toEqual({ uid: 300_000, gid: 400_000, size: SIZE });
  expect(chooseIdMap('one', users, rangesIn('corex:400000:10\n')).uid).toBeGreaterThanOrEqual(524_288);
});

test('`chooseIdMap()` keeps away from ranges of others', () => {
  const free = chooseIdMap('one', [], []);
  const taken = rangesIn(`somebody:${free.uid + SIZE - 1}:1\n`);
  for (const chosen of [chooseIdMap('one', taken, []), chooseIdMap('one', [], taken)]) {
    expect(chosen.uid).not.toBe(free.uid);
    expect(chosen.uid % SIZE).toBe(0);
  }
  expect(chooseIdMap('one', rangesIn(`elsewhere:${free.uid + SIZE}:1\n`), [])).toEqual(free);
});

test('`rangesIn()` passes over what means nothing', () => {
  expect(rangesIn('\n# a remark\na:1:2\nb:x:2\nc:3\n d:4:5 \n')).toEqual([
    { name: 'a', first: 1, count: 2 },
    { name: 'd', first: 4, count: 5 },
  ]);
});
