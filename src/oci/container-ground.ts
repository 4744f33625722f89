import { access, readFile } from 'node:fs/promises';
import path from 'node:path';

import { CAPABILITIES, type Capability } from '../host/confine/capabilities.ts';
import { CGROUP_LIMITS, type CgroupHost, detectCgroups } from '../host/confine/cgroups.ts';
import type { ContainerGround } from './spec/container-plan.ts';

/**
 * What containers stand on here. Their control groups are below the one the runtime is started in, and so within the
 * limits of the agent and its keeper: the path is relative. `name` is one word, the agent's own.
 */
export async function containerGround(name: string, host?: CgroupHost): Promise<ContainerGround> {
  const cgroups = host ?? (await detectCgroups());
  const isRoot = process.geteuid?.() === 0;
  return {
    cgroupParent: isRoot && cgroups.tracking !== undefined ? name : undefined,
    limits: CGROUP_LIMITS.filter((each) => cgroups.limits[each] !== undefined),
    canLimitSwap: await canLimitSwap(cgroups),
    canLimitDevices: cgroups.mode !== 'v2' || (await hasCapability('sys_resource')),
    architecture: process.arch,
  };
}

/** Version 2 leaves out what it can't do, version 1 refuses. */
async function canLimitSwap({ limits }: CgroupHost): Promise<boolean> {
  if (limits.memory === undefined) return false;
  const { version, directory } = limits.memory;
  if (version === 2) return true;
  try {
    await access(path.join(directory, 'memory.memsw.limit_in_bytes'));
    return true;
  } catch {
    return false;
  }
}

/** Version 2 has rules for devices as programs of the kernel, for which runtimes lock memory beyond their limit. */
async function hasCapability(name: Capability): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return ((effective >> BigInt(CAPABILITIES.indexOf(name))) & 1n) === 1n;
}
