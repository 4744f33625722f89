import * as z from 'zod';
import { USER_NAMESPACES, type UserNamespaces } from '../containers/oci/container-users.ts';
import { processorMhz } from '../containers/oci/inner-limits.ts';
import { checkNetworks, type NetworkSpec } from '../oci/network/network-spec.ts';
import { RUNTIME_NAMES, type RuntimeName } from '../oci/runtime.ts';
import { errorMessage } from '../protocol/agent-error.ts';
import type { ContainerLimits } from '../protocol/container.ts';
import { ConfigError } from './config-error.ts';

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
  user_namespaces: z
    .enum(USER_NAMESPACES)
    .default('auto')
    .describe(
      'Whether containers have users of their own: `auto` where the machine can, `always` or not started, `never`.',
    ),
  host_users: z.boolean().default(false).describe('Whether containers may ask for the machine’s own users.'),
  networks: z
    .record(
      z
        .string()
        .regex(/^[a-z0-9][a-z0-9_.-]{0,31}$/, 'must be a name of at most 32 small letters, digits, "_", "." and "-"'),
      z.strictObject({
        subnet: z.string().describe('Private addresses of its containers, such as `10.121.0.0/24`.'),
        internal: z.boolean().default(false).describe('It ends at this machine. Default: no.'),
      }),
    )
    .default({})
    .describe('Networks containers share by name, beside `bridge`, which is 10.120.0.0/24 unless it stands here.'),
  memory_mb: z.int().min(6).max(16_777_216).default(512).describe('Memory of a container that asks for none, MiB.'),
  cpus: z.number().min(0.01).max(10_000).default(1).describe('Processors’ worth of time of one that asks for none.'),
  pids: z.int().min(1).max(4_194_304).default(1024).describe('Processes and threads of one that asks for none.'),
});

export interface ContainersConfig {
  readonly runtime: RuntimeName | undefined;
  /** Absolute. */
  readonly mounts: readonly string[];
  readonly mayShareNetwork: boolean;
  readonly userNamespaces: UserNamespaces;
  readonly mayShareUsers: boolean;
  readonly networks: readonly NetworkSpec[];
  readonly limits: ContainerLimits;
}

/** Of the network that is always there. */
const BRIDGE_SUBNET = '10.120.0.0/24';

/** The section as the agent uses it. `resolve` makes a path absolute. */
export function containersConfig(
  section: z.infer<typeof ContainersSection>,
  resolve: (file: string) => string,
): ContainersConfig {
  const networks = { bridge: { subnet: BRIDGE_SUBNET, internal: false }, ...section.networks };
  const { runtime, mounts, memory_mb, cpus: processors, pids } = section;
  const { host_network: mayShareNetwork, user_namespaces: userNamespaces, host_users: mayShareUsers } = section;
  return {
    runtime,
    mounts: mounts.map(resolve),
    mayShareNetwork,
    userNamespaces,
    mayShareUsers,
    networks: Object.entries(networks).map(([name, network]) => ({ name, ...network })),
    limits: { memory_mb, cpu_mhz: Math.max(1, Math.round(processors * processorMhz())), pids },
  };
}

/** Errors: ConfigError for networks that can't be, or can't be on one machine. */
export function checkContainers({ networks }: ContainersConfig, describe: (key: string) => string): void {
  try {
    checkNetworks(networks);
  } catch (error) {
    throw new ConfigError(`${errorMessage(error)}; set by ${describe('containers.networks')}`, { cause: error });
  }
}
