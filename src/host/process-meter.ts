import pidusage from 'pidusage';

import type { Measurement } from '../protocol/run.ts';
import { familyOf, hasEnded, readMemory, readProcesses } from './procfs.ts';

/**
 * What a process and all that descends from it use together; undefined when it is gone. `cpu` is since the last look,
 * so the first look says 0.
 */
export async function measureProcess(pid: number): Promise<Measurement | undefined> {
  const processes = await readProcesses();
  const alive = familyOf(pid, processes).filter((member) => {
    const found = processes.get(member);
    return found !== undefined && !hasEnded(found);
  });
  if (!alive.includes(pid)) return undefined;
  const sum = { cpu: 0, rss: 0, vms: 0, swap: 0 };
  const parts = await Promise.all(alive.map(measureOne));
  for (const part of parts) {
    sum.cpu += part?.cpu ?? 0;
    sum.rss += part?.rss ?? 0;
    sum.vms += part?.vms ?? 0;
    sum.swap += part?.swap ?? 0;
  }
  return parts.some((part) => part !== undefined) ? sum : undefined;
}

/** A process that ends meanwhile counts for nothing. */
async function measureOne(pid: number): Promise<Measurement | undefined> {
  const memory = await readMemory(pid);
  const usage = await pidusage(pid).catch(() => undefined);
  if (memory === undefined || usage === undefined) return undefined;
  return { cpu: usage.cpu, rss: usage.memory, ...memory };
}
