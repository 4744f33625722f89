import { expect, test } from 'vitest';

import { idMapIn, outsideOf } from '../../src/oci/id-map.ts';

const map = { uid: 600_000, gid: 700_000, size: 100 };

test('`outsideOf()` leads to the same number in the range, and from beyond it to the first', () => {
  expect(outsideOf({ uid: 0, gid: 0 }, map)).toEqual({ uid: 600_000, gid: 700_000 });
  expect(outsideOf({ uid: 99, gid: 5 }, map)).toEqual({ uid: 600_099, gid: 700_005 });
  expect(outsideOf({ uid: 100, gid: 65_534 }, map)).toEqual({ uid: 600_000, gid: 700_000 });
  expect(outsideOf({ uid: 7, gid: 8 }, undefined)).toEqual({ uid: 7, gid: 8 });
});

test('`idMapIn()` reads what the kernel says of a process, and nothing of one with the machine’s users', () => {
  const row = (outside: number, count: number): string => `         0     ${outside}      ${count}\n`;
  expect(idMapIn(row(600_000, 100), row(700_000, 100))).toEqual(map);
  expect(idMapIn(row(0, 4_294_967_295), row(0, 4_294_967_295))).toBeUndefined();
  expect(idMapIn('', '')).toBeUndefined();
  expect(idMapIn('  1 5 5\n', row(1, 1))).toBeUndefined();
});
