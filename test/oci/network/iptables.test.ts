import { expect, test } from 'vitest';

import { removal } from '../../../src/oci/network/iptables.ts';

test('`removal()` takes out rules and chains that are ours, rules first, and nothing else', () => {
  const listed = [
    '-P FORWARD ACCEPT',
    '-N mine',
    '-N theirs',
    '-A FORWARD -i br0 -j theirs',
    '-A FORWARD -i br1 -m comment --comment "of mine" -j mine',
    '-A mine -j DROP',
    '',
  ];
  const isOurs = (rule: string): boolean => rule.includes('mine');
  expect(removal(listed, isOurs, new Set(['mine', 'gone']))).toEqual([
    '-D FORWARD -i br1 -m comment --comment "of mine" -j mine',
    '-F mine',
    '-X mine',
  ]);
  expect(removal(listed.slice(0, 1), isOurs, new Set(['mine']))).toEqual([]);
});
