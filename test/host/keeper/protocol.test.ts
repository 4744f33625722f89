import { expect, test } from 'vitest';

import { commonProtocol } from '../../../src/host/keeper/protocol.ts';

test.each([
  ['the same', [1, 1], [1, 1], 1],
  ['an older keeper that is still understood', [3, 1], [2, 2], 2],
  ['an older keeper that is not', [3, 3], [2, 1], undefined],
  ['a newer keeper that understands us', [2, 1], [5, 2], 2],
  ['a newer keeper that does not', [2, 1], [5, 4], undefined],
] as const)('two sides speak what both understand: %s', (_what, [ours, oldest], [theirs, theirOldest], common) => {
  const one = { protocol: ours, oldest };
  const other = { protocol: theirs, oldest: theirOldest };
  expect([commonProtocol(one, other), commonProtocol(other, one)]).toEqual([common, common]);
});
