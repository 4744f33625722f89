import { cpus } from 'node:os';

import type { ContainerLimits as RuntimeLimits } from '../../oci/spec/container-limits.ts';
import type { ContainerGround } from '../../oci/spec/container-plan.ts';
import type { ContainerConfig, ContainerLimits } from '../../protocol/container.ts';
import { equal } from '../../state/resource.ts';

/** Where the machine does not tell how fast its processors are. */
const USUAL_MHZ = 1000;

/** How fast one processor is, MHz. */
export function processorMhz(): number {
  const speed = cpus()[0]?.speed ?? 0;
  return speed > 0 ? speed : USUAL_MHZ;
}

/**
 * The limits of a container as the runtime takes them. Where none can be set, those that nobody asked for are left out.
 */
export function innerLimits(
  { limits }: Pick<ContainerConfig, 'limits'>,
  defaults: ContainerLimits,
  { cgroupParent }: ContainerGround,
): RuntimeLimits | undefined {
  if (cgroupParent === undefined && equal(limits, defaults)) return undefined;
  return {
    memoryBytes: limits.memory_mb * 1024 ** 2,
    cpus: Math.max(0.01, Math.round((limits.cpu_mhz / processorMhz()) * 100) / 100),
    pids: limits.pids,
  };
}
