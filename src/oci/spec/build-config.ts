import { AgentError } from '../../protocol/agent-error.ts';
import { checkContainerId } from '../container-id.ts';
import { type ContainerLimits, runtimeResources } from './container-limits.ts';
import { defaultMounts, tmpfsMount } from './container-mounts.ts';
import type { ContainerGround, ContainerPlan } from './container-plan.ts';
import { MASKED_PATHS, READ_ONLY_PATHS } from './hidden-paths.ts';
import { idMappings } from './id-map.ts';
import { runtimeProcess } from './process-plan.ts';
import type { RuntimeConfig, RuntimeMount } from './runtime-config.ts';
import { seccompProfile } from './seccomp-profile.ts';

/** Older runtimes refuse newer versions; nothing newer is used. */
const OCI_VERSION = '1.0.2';
const SHM_BYTES = 64 * 1024 ** 2;
const HOSTNAME = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/;

/**
 * A container's `config.json`. Whatever is not asked for is closed: own namespaces, few capabilities, no new privileges,
 * filtered system calls, hidden and read-only files of the kernel, no devices, limits. Errors: AgentError `bad-arguments`,
 * `bad-path`, `bad-directory`, `forbidden`, `not-able`.
 */
export function buildRuntimeConfig(plan: ContainerPlan, ground: ContainerGround): RuntimeConfig {
  const { id, root, capabilities, idMap, limits = {}, tmpfs = [], mounts = [], shmBytes = SHM_BYTES } = plan;
  checkContainerId(id);
  checkLimits(limits, ground);
  const process = runtimeProcess({ ...plan.process, capabilities });
  return {
    ociVersion: OCI_VERSION,
    process,
    root: { path: root.path, readonly: root.readOnly ?? false },
    hostname: hostnameOf(plan),
    mounts: inOrder([
      ...defaultMounts({
        groups: idMap?.size ?? Infinity,
        sys: sysOf(plan),
        shmBytes,
      }),
      ...tmpfs.map(tmpfsMount),
      ...mounts,
    ]),
    linux: {
      namespaces: namespaces(plan),
      ...(idMap && idMappings(idMap)),
      ...(ground.cgroupParent !== undefined && {
        cgroupsPath: `${ground.cgroupParent}/${id}`,
        resources: runtimeResources(limits, ground),
      }),
      seccomp: seccompProfile(capabilities, ground.architecture),
      maskedPaths: MASKED_PATHS,
      readonlyPaths: READ_ONLY_PATHS,
      rootfsPropagation: 'private',
    },
  };
}

function namespaces({ network, idMap }: ContainerPlan): RuntimeConfig['linux']['namespaces'] {
  const users = network.type === 'joined' ? network.users : undefined;
  return [
    { type: 'pid' },
    { type: 'mount' },
    { type: 'uts' },
    { type: 'ipc' },
    { type: 'cgroup' },
    ...(network.type === 'host'
      ? []
      : [{ type: 'network' as const, ...(network.type === 'joined' && { path: network.file }) }]),
    ...(idMap === undefined ? [] : [{ type: 'user' as const, ...(users !== undefined && { path: users }) }]),
  ];
}

/** The kernel shows `/sys` anew only to whom the network belongs. */
function sysOf({ network, idMap }: ContainerPlan): 'own' | 'machine' | 'none' {
  if (idMap === undefined || network.type === 'none') return 'own';
  if (network.type === 'host') return 'machine';
  return network.users === undefined ? 'none' : 'own';
}

const CONTROLLER_OF = { memoryBytes: 'memory', cpus: 'cpu', pids: 'pids' } as const;

/** What is asked for and can't be given here must not be silently left out. */
function checkLimits(limits: ContainerLimits, { cgroupParent, limits: possible }: ContainerGround): void {
  for (const [name, controller] of Object.entries(CONTROLLER_OF)) {
    const isAsked = limits[name as keyof ContainerLimits] !== undefined;
    if (!isAsked || (cgroupParent !== undefined && possible.includes(controller))) continue;
    throw new AgentError(
      'not-able',
      `Cannot limit "${name}" of a container here: there is no control group for it that the agent may use`,
    );
  }
}

function hostnameOf({ id, hostname }: ContainerPlan): string {
  const name =
    hostname ??
    id
      .replaceAll('_', '-')
      .slice(0, 63)
      .replace(/[.-]+$/, '');
  if (HOSTNAME.test(name)) return name;
  throw new AgentError(
    'bad-arguments',
    `Cannot call a container's machine ${JSON.stringify(name.slice(0, 100))}: it must be 1 to 63 letters, digits, "." and "-", and neither begin nor end with the last two`,
  );
}

/** What lies below another is mounted after it; two at one place would hide each other. */
function inOrder(mounts: readonly RuntimeMount[]): RuntimeMount[] {
  const seen = new Set<string>();
  for (const { destination } of mounts) {
    if (seen.has(destination)) {
      throw new AgentError('bad-arguments', `Cannot mount two things at "${destination}" in a container`);
    }
    seen.add(destination);
  }
  const depth = ({ destination }: RuntimeMount): number => destination.split('/').length;
  return mounts.toSorted((a, b) => depth(a) - depth(b));
}
