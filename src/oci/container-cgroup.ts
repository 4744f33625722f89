import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { processesIn, removeGroup, tryToWrite } from '../host/confine/cgroup-directory.ts';
import { type CgroupMount, cgroupMounts } from '../host/confine/cgroup-mounts.ts';
import { detectCgroups, type CgroupLimit, type CgroupPlace } from '../host/confine/cgroups.ts';
import { RunCgroup } from '../host/confine/run-cgroup.ts';

/** Where the control groups of one container are. Plain data: whoever stores it finds them again after any crash. */
export interface ContainerGroups {
  readonly tracking: CgroupPlace;
  readonly limits: Readonly<Partial<Record<CgroupLimit, CgroupPlace>>>;
  /** All of them, one in each hierarchy. */
  readonly directories: readonly string[];
}

/**
 * The control groups of the container whose first process this is. Undefined when it has none of its own: then `parent`,
 * the name they are below, is in none of their paths.
 */
export async function findContainerGroups(pid: number, parent: string): Promise<ContainerGroups | undefined> {
  const [mountinfo, memberships] = await Promise.all([
    readFile('/proc/self/mountinfo', 'utf8'),
    readFile(`/proc/${String(pid)}/cgroup`, 'utf8').catch(() => ''),
  ]);
  const mounts = cgroupMounts(mountinfo, memberships).filter(({ directory }) => directory.includes(`/${parent}/`));
  const second = mounts.find(({ version }) => version === 2);
  const of = (controller: string): CgroupMount | undefined =>
    mounts.find(({ controllers }) => controllers.includes(controller));
  const tracking = second ?? of('freezer') ?? mounts[0];
  if (tracking === undefined) return undefined;
  const limits: Partial<Record<CgroupLimit, CgroupPlace>> = {};
  for (const name of ['memory', 'cpu', 'pids'] as const) {
    const place = of(name) ?? second;
    if (place !== undefined) limits[name] = placeOf(place);
  }
  return { tracking: placeOf(tracking), limits, directories: mounts.map(({ directory }) => directory) };
}

function placeOf({ version, directory }: CgroupMount): CgroupPlace {
  return { version, directory };
}

/** All processes of a container, however deep. What it does never rejects. */
export class ContainerCgroup {
  readonly #groups: ContainerGroups;
  readonly #whole: RunCgroup;

  constructor(groups: ContainerGroups) {
    this.#groups = groups;
    this.#whole = new RunCgroup(groups);
  }

  /** As the machine numbers them. */
  async pids(): Promise<number[]> {
    return await this.#whole.pids();
  }

  /** Whether the kernel ended a process in it because its memory was full. True as long as the container is not deleted. */
  async wasOutOfMemory(): Promise<boolean> {
    return await this.#whole.wasOutOfMemory();
  }

  /** Kills everything in it, however fast it forks, paused or not. Resolves to whether nothing is left. */
  async kill(): Promise<boolean> {
    // What version 1 of control groups holds hears not even KILL.
    for (const directory of this.#groups.directories) await tryToWrite(directory, 'freezer.state', 'THAWED');
    return await this.#whole.kill();
  }

  /** Removes what is left of it when the runtime did not; nothing runs in it. */
  async remove(): Promise<void> {
    for (const directory of this.#groups.directories) await removeGroup(directory);
  }
}

/**
 * Removes the control groups that held an agent's containers, as far as they are empty; with a name, that container's
 * alone. Nothing that runs is touched. Resolves to the processes in what remains.
 */
export async function removeContainerGroups(parent: string, id?: string): Promise<number[]> {
  const left = new Set<number>();
  for (const place of await ownPlaces()) {
    const directory = path.join(place, parent, id ?? '');
    for (const pid of await processesIn(directory)) left.add(pid);
    await removeGroup(directory);
  }
  return [...left];
}

async function ownPlaces(): Promise<string[]> {
  const [mountinfo, own, { tracking }] = await Promise.all([
    readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
    readFile('/proc/self/cgroup', 'utf8').catch(() => ''),
    detectCgroups(),
  ]);
  const mounts = cgroupMounts(mountinfo, own).map(({ directory }) => directory);
  // Runtimes put what they start beside their own group of version 2, not below it.
  const beside = mounts.map((directory) => path.dirname(directory));
  return [...new Set([...mounts, ...(tracking === undefined ? [] : [tracking.directory]), ...beside])].filter((each) =>
    each.startsWith('/sys/fs/cgroup'),
  );
}
