import { errorMessage } from '../protocol/agent-error.ts';
import { removeContainerGroups } from './container-cgroup.ts';
import type { Networks } from './network/networks.ts';
import type { OciRuntime } from './runtime.ts';

export interface LeftoverSearch {
  readonly runtimes: readonly OciRuntime[];
  /** Containers that are still wanted; all others of these runtimes are ended. */
  readonly known: ReadonlySet<string>;
  readonly networks?: Networks;
  /** The name below which the containers' control groups are. */
  readonly cgroupParent: string | undefined;
}

export interface LeftoversEnded {
  /** Ids of containers that were there and are gone now. */
  readonly containers: readonly string[];
  /** Ids that were taken out of their networks. */
  readonly networks: readonly string[];
  /** What could not be ended, a sentence each; the next search tries again. */
  readonly troubles: readonly string[];
}

/**
 * Ends what a keeper that died left of containers: processes, runtime state, networks, control groups. The runtime kills
 * the first process of each, and with it the kernel all that is in its pid namespace. Never rejects.
 */
export async function endLeftovers({
  runtimes,
  known,
  networks,
  cgroupParent,
}: LeftoverSearch): Promise<LeftoversEnded> {
  const containers: string[] = [];
  const troubles: string[] = [];
  for (const runtime of runtimes) {
    try {
      for (const { id } of await runtime.list()) {
        if (known.has(id)) continue;
        try {
          await runtime.delete(id, { force: true });
          containers.push(id);
        } catch (error) {
          troubles.push(errorMessage(error));
        }
      }
    } catch (error) {
      troubles.push(errorMessage(error));
    }
  }
  const swept = networks === undefined ? [] : await networks.sweep(known).catch(() => []);
  if (cgroupParent !== undefined) {
    if (known.size === 0) await removeContainerGroups(cgroupParent);
    else for (const id of containers) await removeContainerGroups(cgroupParent, id);
  }
  return { containers, networks: swept, troubles };
}
