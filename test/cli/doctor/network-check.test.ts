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

test('`networkCheck()` says that containers of one network reach those of others, and why', () => {
  expect(networkCheck([], 'there is no such match')).toMatchObject({
    status: 'warn',
    found: expect.stringContaining('reach those of others') as string,
    advice: expect.stringMatching(/xt_conntrack.*there is no such match/) as string,
  });
  expect(networkCheck(['bridge'], 'there is no such match')).toMatchObject({ found: 'no bridge' });
});
