import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { readKernelNumber } from './cgroup-directory.ts';
import { type CgroupMount, cgroupMounts } from './cgroup-mounts.ts';

/**
 * Whether the kernel ended a process in a control group that a helper made, because the memory it may use was full. `group`
 * is the path of it below, or beside, this process's own: OCI runtimes do either. False where there is none. Never rejects.
 */
export async function wasMemoryFull(group: string): Promise<boolean> {
  const [mountinfo, memberships] = await Promise.all([
    readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
    readFile('/proc/self/cgroup', 'utf8').catch(() => ''),
  ]);
  for (const { version, directory } of cgroupMounts(mountinfo, memberships).filter(limitsMemory)) {
    const file = version === 2 ? 'memory.events' : 'memory.oom_control';
    for (const place of [directory, path.dirname(directory)]) {
      if ((await readKernelNumber(path.join(place, group), file, 'oom_kill')) > 0) return true;
    }
  }
  return false;
}

function limitsMemory({ version, controllers }: CgroupMount): boolean {
  return version === 2 || controllers.includes('memory');
}
