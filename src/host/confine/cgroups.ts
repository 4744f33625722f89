/** What this machine's control groups can do for us, and where. Looks only; changes nothing. */
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';

import { cgroupMounts, type CgroupMount } from './cgroup-mounts.ts';

/** What a control group can limit. */
export const CGROUP_LIMITS = ['memory', 'cpu', 'pids'] as const;
export type CgroupLimit = (typeof CGROUP_LIMITS)[number];

/** A control group under which we may make others: this process's own, so that its limits hold for all of them. */
export interface CgroupPlace {
  readonly version: 1 | 2;
  readonly directory: string;
}

export interface CgroupHost {
  /** `hybrid`: version 2 beside controllers of version 1. */
  readonly mode: 'v2' | 'hybrid' | 'v1' | 'none';
  /** Where a run's processes are counted and killed; undefined where no control group can be made. */
  readonly tracking: CgroupPlace | undefined;
  /** What can be limited. */
  readonly limits: Readonly<Partial<Record<CgroupLimit, CgroupPlace>>>;
  /** `at-once`: by the kernel, whatever forks meanwhile. `frozen`: stopped first, then one by one. */
  readonly kill: 'at-once' | 'frozen' | 'one-by-one' | 'none';
  /** Version 2 gives controllers only to a control group without processes, so this process has to step aside into one below. */
  readonly mustStepAside: boolean;
  /** Why something is missing above, one sentence each. */
  readonly troubles: readonly string[];
}

/** A machine without control groups. */
export const NO_CGROUPS: CgroupHost = {
  mode: 'none',
  tracking: undefined,
  limits: {},
  kill: 'none',
  mustStepAside: false,
  troubles: ['there are no control groups'],
};

/** The control group into which the keeper steps aside; one that is in it works beside it, not below. */
export const ASIDE = 'corex-keeper';

/** Files that tests replace. */
export interface CgroupSources {
  readonly mountinfo?: string;
  readonly memberships?: string;
  /** Such as `6.1.0-13-amd64`. */
  readonly release?: string;
  /** The processes that may be moved aside. Default: this one and its parent. */
  readonly own?: readonly number[];
}

/** Finds out what control groups can do here. Never rejects: what can't be read is not there. */
export async function detectCgroups(sources: CgroupSources = {}): Promise<CgroupHost> {
  const mounts = cgroupMounts(
    sources.mountinfo ?? (await read('/proc/self/mountinfo')),
    sources.memberships ?? (await read('/proc/self/cgroup')),
  ).map((mount) => ({ ...mount, directory: besideAside(mount.directory) }));
  if (mounts.length === 0) return NO_CGROUPS;
  const usable: CgroupMount[] = [];
  const troubles: string[] = [];
  for (const mount of mounts) {
    if (await isWritable(mount.directory)) usable.push(mount);
    else if (mount.version === 2 || isWanted(mount)) troubles.push(`${mount.directory} can't be written`);
  }
  const second = usable.find(({ version }) => version === 2);
  const unified = second === undefined ? undefined : await lookAtSecond(second, sources.own ?? ownProcesses());
  if (unified?.trouble !== undefined) troubles.push(unified.trouble);
  const limits: Partial<Record<CgroupLimit, CgroupPlace>> = {};
  for (const name of CGROUP_LIMITS) {
    const first = usable.find(({ controllers }) => controllers.includes(name));
    const place = unified?.controllers.includes(name) === true ? second : first;
    if (place !== undefined) limits[name] = placeOf(place);
    else troubles.push(`there is no usable controller for ${name}`);
  }
  const freezer = usable.find(({ controllers }) => controllers.includes('freezer'));
  const tracking = second ?? freezer ?? Object.values(limits)[0];
  return {
    mode: modeOf(mounts),
    tracking: tracking === undefined ? undefined : placeOf(tracking),
    limits,
    kill: killOf(tracking, freezer, sources.release ?? (await read('/proc/sys/kernel/osrelease'))),
    mustStepAside: unified?.mustStepAside === true && Object.values(limits).some(({ version }) => version === 2),
    troubles,
  };
}

function placeOf({ version, directory }: CgroupPlace): CgroupPlace {
  return { version, directory };
}

function besideAside(directory: string): string {
  return path.basename(directory) === ASIDE ? path.dirname(directory) : directory;
}

function isWanted({ controllers }: CgroupMount): boolean {
  return CGROUP_LIMITS.some((name) => controllers.includes(name));
}

interface Second {
  /** Those that runs can be given. */
  readonly controllers: readonly string[];
  readonly mustStepAside: boolean;
  readonly trouble?: string;
}

async function lookAtSecond({ directory }: CgroupMount, own: readonly number[]): Promise<Second> {
  const words = async (name: string): Promise<string[]> =>
    (await read(path.join(directory, name))).split(/\s+/).filter((word) => word !== '');
  const offered = (await words('cgroup.controllers')).filter((name) => CGROUP_LIMITS.some((limit) => limit === name));
  const given = await words('cgroup.subtree_control');
  const isRoot = !(await exists(path.join(directory, 'cgroup.type')));
  if (isRoot || offered.every((name) => given.includes(name))) return { controllers: offered, mustStepAside: false };
  const processes = (await words('cgroup.procs')).map(Number);
  if (processes.every((pid) => own.includes(pid))) {
    return { controllers: offered, mustStepAside: processes.length > 0 };
  }
  return {
    controllers: offered.filter((name) => given.includes(name)),
    mustStepAside: false,
    trouble: `${directory} holds processes that are not ours, so it can't limit those below it`,
  };
}

function ownProcesses(): number[] {
  return [process.pid, process.ppid];
}

function modeOf(mounts: readonly CgroupMount[]): CgroupHost['mode'] {
  const hasSecond = mounts.some(({ version }) => version === 2);
  const hasFirst = mounts.some((mount) => mount.version === 1 && isWanted(mount));
  if (hasSecond) return hasFirst ? 'hybrid' : 'v2';
  return hasFirst ? 'v1' : 'none';
}

/** `cgroup.kill` came with Linux 5.14, `cgroup.freeze` with 5.2. */
function killOf(
  tracking: CgroupPlace | undefined,
  freezer: CgroupPlace | undefined,
  release: string,
): CgroupHost['kill'] {
  if (tracking === undefined) return 'none';
  if (tracking.version === 1) return tracking === freezer ? 'frozen' : 'one-by-one';
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  const version = major * 1000 + minor;
  if (version >= 5014) return 'at-once';
  return version >= 5002 ? 'frozen' : 'one-by-one';
}

async function isWritable(directory: string): Promise<boolean> {
  try {
    await access(directory, constants.W_OK);
    await access(path.join(directory, 'cgroup.procs'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

async function read(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch(() => '');
}
