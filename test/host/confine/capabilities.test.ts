import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { CAPABILITIES, parseCapability } from '../../../src/host/confine/capabilities.ts';

test('`parseCapability()` takes any spelling of a name', () => {
  expect(['net_admin', 'CAP_NET_ADMIN', 'Net_Admin'].map(parseCapability)).toEqual(Array(3).fill('net_admin'));
  expect(parseCapability('all')).toBeUndefined();
});

test('`CAPABILITIES` has every one that this kernel has', () => {
  expect(CAPABILITIES.length).toBeGreaterThan(Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8')));
});
