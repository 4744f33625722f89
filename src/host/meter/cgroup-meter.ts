import { readFile } from 'node:fs/promises';

import type { CgroupUse } from '../../protocol/run.ts';
import { readKernelFile, readKernelNumber } from '../confine/cgroup-directory.ts';
import { type CgroupMount, cgroupMounts } from '../confine/cgroup-mounts.ts';
import { isRunDirectory } from '../confine/run-cgroups.ts';
import type { ProcessFigures } from './process-figures.ts';

/** How many groups are looked at at once: each takes threads for a moment, which others need, too. */
const AT_ONCE = 16;

/** Places that are remembered: more runs than are measured at once on most machines. */
const MOST_PLACES = 10_000;

/** Where a process's own control group is in each hierarchy; empty when it has none of its own. */
interface Place {
  readonly startTime: number;
  readonly mounts: readonly CgroupMount[];
}

/** What the kernel counted for runs that have a control group of their own, whatever fled from their families. */
export class CgroupMeter {
  /** By the main process; those asked for last stand last. */
  readonly #places = new Map<number, Place>();

  /** What the groups of these main processes use, by pid; those without one of their own are left out. */
  async measure(processes: readonly Pick<ProcessFigures, 'pid' | 'startTime'>[]): Promise<Map<number, CgroupUse>> {
    const strangers = processes.filter(({ pid, startTime }) => this.#places.get(pid)?.startTime !== startTime);
    const mountinfo = strangers.length === 0 ? '' : await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
    await inBatches(strangers, async ({ pid, startTime }) => {
      this.#places.set(pid, { startTime, mounts: await findMounts(pid, mountinfo) });
    });
    const own: (readonly [number, Place])[] = [];
    for (const { pid } of processes) {
      const place = this.#places.get(pid);
      if (place === undefined) continue;
      this.#places.delete(pid);
      this.#places.set(pid, place);
      if (place.mounts.length > 0) own.push([pid, place]);
    }
    this.#forget();
    const uses = new Map<number, CgroupUse>();
    await inBatches(own, async ([pid, { mounts }]) => {
      const use = await readUse(mounts);
      if (use !== undefined) uses.set(pid, use);
    });
    return uses;
  }

  #forget(): void {
    for (const pid of this.#places.keys()) {
      if (this.#places.size <= MOST_PLACES) return;
      this.#places.delete(pid);
    }
  }
}

async function inBatches<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE) {
    await Promise.all(items.slice(from, from + AT_ONCE).map(work));
  }
}

async function findMounts(pid: number, mountinfo: string): Promise<CgroupMount[]> {
  const memberships = await readFile(`/proc/${String(pid)}/cgroup`, 'utf8').catch(() => '');
  const paths = memberships.split('\n');
  const isOwn = paths.some(isRunDirectory)
    ? isRunDirectory
    : paths.some(isContainerDirectory) && (await isFirstProcess(pid))
      ? isContainerDirectory
      : undefined;
  return isOwn === undefined ? [] : cgroupMounts(mountinfo, memberships).filter(({ directory }) => isOwn(directory));
}

/** Below the control groups of an agent's containers: `corex-<agent>/<container>`. */
function isContainerDirectory(path: string): boolean {
  return /\/corex-[0-9a-f]{12}\/[^/]+$/.test(path);
}

/** Of a container the first process stands for all in it; the others are in the same groups, and don't. */
async function isFirstProcess(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'latin1').catch(() => '');
  return /^NSpid:(\t\d+)+\t1$/m.test(status);
}

/** Undefined when the kernel says nothing of it (any more). */
async function readUse(mounts: readonly CgroupMount[]): Promise<CgroupUse | undefined> {
  const second = mounts.find(({ version }) => version === 2);
  const of = (controller: string): CgroupMount | undefined =>
    mounts.find(({ controllers }) => controllers.includes(controller));
  const [memory, processes, time] = await Promise.all([
    firstNumber([
      [second, 'memory.current'],
      [of('memory'), 'memory.usage_in_bytes'],
    ]),
    firstNumber([
      [second, 'pids.current'],
      [of('pids'), 'pids.current'],
    ]),
    readProcessorTime(second, of('cpuacct')),
  ]);
  if (memory === undefined && processes === undefined && time === undefined) return undefined;
  return {
    ...(memory === undefined ? {} : { memory }),
    ...(time === undefined ? {} : { time }),
    ...(processes === undefined ? {} : { processes }),
  };
}

/** Version 2 counts microseconds, version 1 nanoseconds. */
async function readProcessorTime(
  second: CgroupMount | undefined,
  first: CgroupMount | undefined,
): Promise<number | undefined> {
  if (second !== undefined) {
    const text = await readKernelFile(second.directory, 'cpu.stat');
    if (text !== '') return (await readKernelNumber(second.directory, 'cpu.stat', 'usage_usec')) / 1000;
  }
  const nanoseconds = await firstNumber([[first, 'cpuacct.usage']]);
  return nanoseconds === undefined ? undefined : nanoseconds / 1e6;
}

async function firstNumber(
  files: readonly (readonly [mount: CgroupMount | undefined, name: string])[],
): Promise<number | undefined> {
  for (const [mount, name] of files) {
    if (mount === undefined) continue;
    const text = (await readKernelFile(mount.directory, name)).trim();
    if (/^\d+$/.test(text)) return Number(text);
  }
  return undefined;
}
