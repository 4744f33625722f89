import { once } from 'node:events';

import { detectCgroups } from '../../../src/host/confine/cgroups.ts';
import type { RunCgroup } from '../../../src/host/confine/run-cgroup.ts';
import { RunCgroups } from '../../../src/host/confine/run-cgroups.ts';
import type { CgroupLimits } from '../../../src/host/launcher.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { startPrefix } from './run-prefix.ts';

let made = 0;

/** Control groups on this machine that are gone, with all that is in them, when their owner is done. */
export async function ownCgroups(change: (host: RunCgroups['host']) => RunCgroups['host'] = (host) => host) {
  await using directory = tempDir();
  const owner = directory.path;
  const cgroups = new RunCgroups(change(await detectCgroups()), owner);
  const groups: RunCgroup[] = [];
  const create = async (limits: CgroupLimits = {}): Promise<RunCgroup> => {
    const cgroup = await cgroups.create(`job.${(made += 1)}`, limits);
    if ('type' in cgroup) throw new Error(cgroup.message);
    groups.push(cgroup);
    return cgroup;
  };
  return {
    owner,
    cgroups,
    create,
    /** Starts a shell script in a control group and resolves once it runs. */
    start: async (cgroup: RunCgroup, script: string) => {
      const { child, said } = await startPrefix({ args: ['-c', script] }, { procsFiles: cgroup.procsFiles });
      const ended = once(child, 'exit');
      return { child, ended, said: await said };
    },
    [Symbol.asyncDispose]: async () => {
      for (const group of groups) {
        await group.kill();
        await group.remove();
      }
      await cgroups.close();
    },
  };
}
