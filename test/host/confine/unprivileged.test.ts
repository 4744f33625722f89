import { describe, expect, test } from 'vitest';

import { boundingPower, isUnprivilegedCapability } from '../../../src/host/confine/unprivileged.ts';

function status(uid: number, effective: string, bounding: string): string {
  const uids = [uid, uid, uid, uid].join('\t');
  return `Name:\tnode\nUid:\t${uids}\nCapEff:\t${effective}\nCapBnd:\t${bounding}\n`;
}

const ALL = '000001ffffffffff';
const NONE = '0000000000000000';
const FEW = '00000000a80424fb';

describe('boundingPower()', () => {
  test.each([
    ['root', status(0, ALL, ALL), { mayBound: true, canBound: true }],
    ['a user, who gains nothing without new privileges', status(1000, NONE, ALL), { mayBound: false, canBound: true }],
    ['root that may not change the set', status(0, FEW, ALL), { mayBound: false, canBound: false }],
    ['root that has no more than is left', status(0, FEW, FEW), { mayBound: false, canBound: true }],
    ['a user who may change the set', status(1000, '0000000000000100', ALL), { mayBound: true, canBound: true }],
    ['a machine that tells nothing', '', { mayBound: false, canBound: true }],
  ])('of %s', (_who, text, power) => {
    expect(boundingPower(text)).toEqual(power);
  });
});

describe('isUnprivilegedCapability()', () => {
  test('holds for what a container commonly has, and not for what leads out of it', () => {
    expect(isUnprivilegedCapability('net_bind_service')).toBe(true);
    for (const name of ['setpcap', 'sys_admin', 'sys_ptrace', 'sys_module', 'bpf', 'checkpoint_restore'] as const) {
      expect(isUnprivilegedCapability(name)).toBe(false);
    }
  });
});
