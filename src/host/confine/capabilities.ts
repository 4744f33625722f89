import { readFile } from 'node:fs/promises';

/** Linux's capabilities in the order of their bits, without `CAP_`. */
export const CAPABILITIES = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** The capability of a name: any case, with or without `CAP_`; undefined when there is none. */
export function parseCapability(text: string): Capability | undefined {
  const name = text.toLowerCase().replace(/^cap_/, '');
  return CAPABILITIES.find((known) => known === name);
}

/** What this process may use now, and so may pass on. Empty where there is no /proc. */
export async function ownCapabilities(): Promise<ReadonlySet<Capability>> {
  return capabilitiesOf(await readFile('/proc/self/status', 'latin1').catch(() => ''));
}

/** The effective capabilities a `/proc/<pid>/status` tells. */
export function capabilitiesOf(status: string): ReadonlySet<Capability> {
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return new Set(CAPABILITIES.filter((_, bit) => ((mask >> BigInt(bit)) & 1n) === 1n));
}
