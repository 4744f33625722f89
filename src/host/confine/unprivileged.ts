import type { Capability } from './capabilities.ts';
import { CAPABILITIES } from './capabilities.ts';

/**
 * What programs of an unprivileged agent may have at most: what a container commonly gives to its root, without the right
 * to change that. All others are gone, those that a newer kernel adds, too.
 */
export const UNPRIVILEGED_CAPABILITIES: readonly Capability[] = [
  'chown',
  'dac_override',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'net_bind_service',
  'net_raw',
  'sys_chroot',
  'mknod',
  'audit_write',
  'setfcap',
];

export function isUnprivilegedCapability(capability: Capability): boolean {
  return UNPRIVILEGED_CAPABILITIES.includes(capability);
}

/** How far a process can see to it that its children have no more than {@link UNPRIVILEGED_CAPABILITIES}. */
export interface BoundingPower {
  /** It may take capabilities from the bounding set. */
  readonly mayBound: boolean;
  /** It can: by the bounding set, or because a process without new privileges has none to gain from it. */
  readonly canBound: boolean;
}

const SET_CAPABILITIES = CAPABILITIES.indexOf('setpcap');

/** `status` is the text of its `/proc/<pid>/status`. */
export function boundingPower(status: string): BoundingPower {
  const mayBound = hasBit(setIn(status, 'CapEff'), SET_CAPABILITIES);
  // Only root gains what is in the bounding set by executing something that has no rights of its own.
  const isRoot = /^Uid:.*\b0\b/m.test(status);
  const most = UNPRIVILEGED_CAPABILITIES.reduce((set, name) => set | (1n << BigInt(CAPABILITIES.indexOf(name))), 0n);
  return { mayBound, canBound: mayBound || !isRoot || (setIn(status, 'CapBnd') & ~most) === 0n };
}

function setIn(status: string, name: string): bigint {
  return BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0'}`);
}

function hasBit(set: bigint, bit: number): boolean {
  return ((set >> BigInt(bit)) & 1n) === 1n;
}
