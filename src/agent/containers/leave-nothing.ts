import { readdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { removeContainerGroups } from '../../oci/container-cgroup.ts';
import { RUNTIME_NAMES } from '../../oci/runtime.ts';

/** Where an agent's containers were on the machine, beside its data directory. */
export interface ContainerTraces {
  /** Control group below which each had its own. */
  readonly cgroupParent: string;
  /** What runtimes know. */
  readonly states: string;
  readonly networks: string;
}

/** Removes what is empty of it, when an agent ends; what still runs keeps what it has. Never rejects. */
export async function leaveNothing({ cgroupParent, states, networks }: ContainerTraces): Promise<void> {
  await removeEmpty(networks);
  const hadAny = (await readdir(states).catch(() => [])).length > 0;
  if (!hadAny) return;
  await removeContainerGroups(cgroupParent);
  for (const name of RUNTIME_NAMES) {
    await removeEmpty(path.join(states, name, 'containers'));
    await removeEmpty(path.join(states, name));
  }
  await removeEmpty(path.join(states, 'trials'));
  await removeEmpty(states);
}

async function removeEmpty(directory: string): Promise<void> {
  await rmdir(directory).catch(() => undefined);
}
