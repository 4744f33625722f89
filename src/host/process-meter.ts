import pidusage from 'pidusage';

import type { Clock } from '../base/clock.ts';
import type { Measurement } from '../protocol/run.ts';
import { hasEnded, type ProcessStat, readMemory, readProcesses } from './procfs.ts';

/** A look at all processes serves every measurement of the next second: a thousand runs must not look a thousand times. */
const LOOK_EVERY_MS = 1_000;

type Children = ReadonlyMap<number, readonly ProcessStat[]>;

/** Measures processes together with all that descends from them. */
export class ProcessMeter {
  readonly #clock: Clock;
  #children: Promise<Children> | undefined;
  #lookedAt = -Infinity;
  /** Measurements under way: pidusage never closes a file it opened for a process it is asked for twice at once. */
  readonly #underWay = new Map<number, Promise<Measurement | undefined>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What a process and its family use now; undefined when it is gone. `cpu` is since the last look, so the first says 0. */
  async measure(pid: number): Promise<Measurement | undefined> {
    const own = await this.#measureOne(pid);
    if (own === undefined) return undefined;
    const descendants = descendantsOf(pid, await this.#look());
    const parts = await Promise.all(descendants.map((descendant) => this.#measureOne(descendant)));
    const sum = { ...own };
    for (const part of parts) {
      sum.cpu += part?.cpu ?? 0;
      sum.rss += part?.rss ?? 0;
      sum.vms += part?.vms ?? 0;
      sum.swap += part?.swap ?? 0;
    }
    return sum;
  }

  #measureOne(pid: number): Promise<Measurement | undefined> {
    const underWay = this.#underWay.get(pid);
    if (underWay !== undefined) return underWay;
    const measuring = measureOne(pid).finally(() => this.#underWay.delete(pid));
    this.#underWay.set(pid, measuring);
    return measuring;
  }

  #look(): Promise<Children> {
    const now = this.#clock.monotonic();
    if (this.#children === undefined || now - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#lookedAt = now;
      this.#children = childrenByParent();
    }
    return this.#children;
  }
}

async function childrenByParent(): Promise<Children> {
  const processes = [...(await readProcesses()).values()];
  return Map.groupBy(
    processes.filter((process) => !hasEnded(process)),
    ({ parent }) => parent,
  );
}

function descendantsOf(pid: number, children: Children): number[] {
  const found = (children.get(pid) ?? []).map((child) => child.pid);
  for (const member of found) found.push(...(children.get(member) ?? []).map((child) => child.pid));
  return found;
}

/** A process that has ended uses nothing. */
async function measureOne(pid: number): Promise<Measurement | undefined> {
  const memory = await readMemory(pid);
  if (memory === undefined || memory.vms === 0) return undefined;
  // pidusage knows a process by its pid alone, and for a minute fails for one that got the pid of another it knew.
  const usage = await pidusage(pid).catch(() => undefined);
  return { ...memory, cpu: usage?.cpu ?? 0, rss: usage?.memory ?? memory.rss };
}
