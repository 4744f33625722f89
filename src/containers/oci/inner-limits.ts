import { cpus } from 'node:os';

import type { ContainerLimits as RuntimeLimits } from '../../oci/spec/container-limits.ts';
import type { ContainerGround } from '../../oci/spec/container-plan.ts';
import type { ContainerConfig, ContainerLimits } from '../../protocol/container.ts';

/** Where the machine does not tell how fast its processors are. */
const USUAL_MHZ = 1000;

/** How fast one processor is, MHz. */
export function processorMhz(): number {
  const speed = cpus()[0]?.speed ?? 0;
  return speed > 0 ? speed : USUAL_MHZ;
}

/**
 * The limits of a container as the runtime takes them. What can't be limited here is left out as long as nobody asked for
 * it; what somebody did ask for is refused later.
 */
export function innerLimits(
  { limits }: Pick<ContainerConfig, 'limits'>,
  defaults: ContainerLimits,
  { cgroupParent, limits: possible }: Pick<ContainerGround, 'cgroupParent' | 'limits'>,
): RuntimeLimits {
  const isMeant = (name: keyof ContainerLimits, controller: (typeof possible)[number]): boolean =>
    (cgroupParent !== undefined && possible.includes(controller)) || limits[name] !== defaults[name];
  return {
    ...(isMeant('memory_mb', 'memory') && { memoryBytes: limits.memory_mb * 1024 ** 2 }),
    ...(isMeant('cpu_mhz', 'cpu') && {
      cpus: Math.max(0.01, Math.round((limits.cpu_mhz / processorMhz()) * 100) / 100),
    }),
    ...(isMeant('pids', 'pids') && { pids: limits.pids }),
  };
}
