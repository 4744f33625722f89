import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import {
  CAPABILITIES,
  capabilitiesOf,
  ownCapabilities,
  parseCapability,
} from '../../../src/host/confine/capabilities.ts';

describe('parseCapability()', () => {
  test('takes any spelling of a name', () => {
    expect(['net_admin', 'CAP_NET_ADMIN', 'Net_Admin'].map(parseCapability)).toEqual(Array(3).fill('net_admin'));
    expect(parseCapability('all')).toBeUndefined();
  });
});

describe('capabilitiesOf()', () => {
  test('reads the effective set, bit by bit', () => {
    expect(capabilitiesOf('CapPrm:\tffff\nCapEff:\t0000000000000401\n')).toEqual(
      new Set(['chown', 'net_bind_service']),
    );
    expect(capabilitiesOf('CapEff:\t0000010000000000\n')).toEqual(new Set(['checkpoint_restore']));
    expect(capabilitiesOf('')).toEqual(new Set());
  });

  test('knows every bit this kernel has', () => {
    expect(CAPABILITIES.length).toBeGreaterThan(Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8')));
  });
});

test('ownCapabilities() is empty for who has no rights, and tells those of root', async () => {
  expect((await ownCapabilities()).has('chown')).toBe(process.geteuid?.() === 0);
});
