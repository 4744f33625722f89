import { expect, test } from 'vitest';

import { networkCheck } from '../../../src/cli/doctor/network-check.ts';

test('`networkCheck()` names what is missing, and what to install', () => {
  expect(networkCheck([])).toEqual({
    name: 'Networks of containers',
    status: 'ok',
    found: 'plugins and iptables are here',
  });
  expect(networkCheck(['bridge', 'iptables'])).toMatchObject({
    status: 'warn',
    found: 'no bridge, iptables',
    advice: expect.stringContaining('containernetworking-plugins') as string,
  });
});
