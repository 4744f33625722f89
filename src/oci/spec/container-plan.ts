import type { Capability } from '../../host/confine/capabilities.ts';
import type { IdMap } from '../id-map.ts';
import type { ContainerLimits, LimitGround } from './container-limits.ts';
import type { TmpfsMount } from './container-mounts.ts';
import type { ProcessPlan } from './process-plan.ts';
import type { RuntimeMount } from './runtime-config.ts';

/** How a container is joined to networks. */
export type NetworkPlan =
  /** Its own, with nothing in it but itself. */
  | { readonly type: 'none' }
  /** The machine's. Whoever asks for it must be allowed to. */
  | { readonly type: 'host' }
  /** One that is there: a file that holds a network namespace. */
  | {
      readonly type: 'joined';
      readonly file: string;
      /** File that holds the user namespace the network belongs to: mapped users have rights over their network by being in it. */
      readonly users?: string;
    };

/** All that a container is to be, decided and checked: what is here is done. */
export interface ContainerPlan {
  readonly id: string;
  readonly root: { readonly path: string; /** Default: no. */ readonly readOnly?: boolean };
  readonly process: Omit<ProcessPlan, 'capabilities'>;
  /** Default: its id. */
  readonly hostname?: string;
  readonly network: NetworkPlan;
  /** From `containerCapabilities()`. */
  readonly capabilities: readonly Capability[];
  /** Without it root in the container is root outside, kept in by the other means. */
  readonly idMap?: IdMap;
  readonly limits?: ContainerLimits;
  readonly tmpfs?: readonly TmpfsMount[];
  /** Made by us: mounts of a root, files of the agent such as `/etc/resolv.conf`, held binds. Nothing here is checked. */
  readonly mounts?: readonly RuntimeMount[];
  /** Bytes of `/dev/shm`. Default: 64 MiB. */
  readonly shmBytes?: number;
}

/** What the machine and its runtime offer to containers. */
export interface ContainerGround extends LimitGround {
  /** Control group below which each container has its own; undefined where none can be made. */
  readonly cgroupParent: string | undefined;
  /** Node's name of the processor. */
  readonly architecture: string;
}
