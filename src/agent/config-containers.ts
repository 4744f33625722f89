import { cpus } from 'node:os';
import * as z from 'zod';
import { RUNTIME_NAMES, type RuntimeName } from '../oci/runtime.ts';
import type { ContainerLimits } from '../protocol/container.ts';

/** The section `[containers]`: what containers may be. */
export const ContainersSection = z.strictObject({
  runtime: z
    .enum(RUNTIME_NAMES)
    .optional()
    .describe('The OCI runtime. Default: the first of runc and crun that works here.'),
  mounts: z
    .array(z.string().min(1))
    .default([])
    .describe('Directories of the machine below which containers may be given files and directories. Default: none.'),
  host_network: z.boolean().default(false).describe('Whether containers may have the machine’s own network.'),
  memory_mb: z.int().min(6).max(16_777_216).default(512).describe('Memory of a container that asks for none, MiB.'),
  cpus: z.number().min(0.01).max(10_000).default(1).describe('Processors’ worth of time of one that asks for none.'),
  pids: z.int().min(1).max(4_194_304).default(1024).describe('Processes and threads of one that asks for none.'),
});

export interface ContainersConfig {
  readonly runtime: RuntimeName | undefined;
  /** Absolute. */
  readonly mounts: readonly string[];
  readonly mayShareNetwork: boolean;
  readonly limits: ContainerLimits;
}

/** Where the machine does not tell how fast its processors are. */
const USUAL_MHZ = 1000;

/** The section as the agent uses it. `resolve` makes a path absolute. */
export function containersConfig(
  section: z.infer<typeof ContainersSection>,
  resolve: (file: string) => string,
): ContainersConfig {
  const { runtime, mounts, host_network: mayShareNetwork, memory_mb, cpus: processors, pids } = section;
  const mhz = cpus()[0]?.speed ?? 0;
  return {
    runtime,
    mounts: mounts.map(resolve),
    mayShareNetwork,
    limits: { memory_mb, cpu_mhz: Math.max(1, Math.round(processors * (mhz > 0 ? mhz : USUAL_MHZ))), pids },
  };
}
