import type { CgroupLimit } from '../../host/confine/cgroups.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { RuntimeResources } from './runtime-config.ts';

/** What everything in a container may use together. */
export interface ContainerLimits {
  /** Bytes; swap included, where the machine can tell. Default: no limit. */
  readonly memoryBytes?: number;
  /** Processors' worth of time; fractions allowed. Default: no limit. */
  readonly cpus?: number;
  /** Processes and threads. Default: 4,096, where they can be limited. */
  readonly pids?: number;
}

/** Enough for every honest program, and far from what a machine has. */
const DEFAULT_PIDS = 4096;

/** Runtimes need so much to start anything. */
export const LEAST_MEMORY_BYTES = 6 * 1024 ** 2;

const LEAST_CPUS = 0.01;
const MOST_CPUS = 100_000;
const MOST_PIDS = 4_194_304;
const PERIOD_US = 100_000;

/** What of a machine decides how limits are set. */
export interface LimitGround {
  /** What control groups can limit here. */
  readonly limits: readonly CgroupLimit[];
  readonly canLimitSwap: boolean;
  /** Whether control groups can say which devices may be opened; without them nobody can make one all the same. */
  readonly canLimitDevices: boolean;
}

/** The limits as the runtime wants them, and no device but the usual ones. Errors: AgentError `bad-arguments`. */
export function runtimeResources(limits: ContainerLimits, ground: LimitGround): RuntimeResources {
  const pids = ground.limits.includes('pids') ? { pids: DEFAULT_PIDS } : {};
  return {
    ...(ground.canLimitDevices && { devices: [{ allow: false, access: 'rwm' }] }),
    ...limitResources({ ...pids, ...limits }, ground.canLimitSwap),
  };
}

/** The limits alone, for a container that is there. Errors: AgentError `bad-arguments`. */
export function limitResources(limits: ContainerLimits, canLimitSwap: boolean): RuntimeResources {
  const { memoryBytes, cpus, pids } = limits;
  if (memoryBytes !== undefined) {
    check('memory', memoryBytes, LEAST_MEMORY_BYTES, Number.MAX_SAFE_INTEGER, 'whole number of bytes');
  }
  if (pids !== undefined) check('pids', pids, 1, MOST_PIDS, 'whole number');
  if (cpus !== undefined && !(cpus >= LEAST_CPUS && cpus <= MOST_CPUS)) {
    throw new AgentError(
      'bad-arguments',
      `Cannot limit a container's cpus to ${cpus}: it must be ${LEAST_CPUS} to ${MOST_CPUS}`,
    );
  }
  const swap = canLimitSwap && memoryBytes !== undefined ? { swap: memoryBytes } : {};
  return {
    ...(memoryBytes !== undefined && { memory: { limit: memoryBytes, ...swap } }),
    ...(cpus !== undefined && { cpu: { quota: Math.round(cpus * PERIOD_US), period: PERIOD_US } }),
    ...(pids !== undefined && { pids: { limit: pids } }),
  };
}

function check(name: string, value: number, least: number, most: number, what: string): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new AgentError(
    'bad-arguments',
    `Cannot limit a container's ${name} to ${value}: it must be a ${what} from ${least} to ${most}`,
  );
}
