import { mkdirSync } from 'node:fs';

import { isAlive } from '../../harness/processes.ts';
import { endKeeper, keeperLauncher } from '../../host/keeper-client/keeper-stage.ts';
import type { MadeLauncher } from '../launcher/stage.ts';

/** A keeper of its own, which ends with the stage. */
export function stageKeeper(directory: string): MadeLauncher {
  mkdirSync(directory, { recursive: true });
  const launcher = keeperLauncher(directory);
  return {
    launcher,
    ownerPid: () => launcher.ownerPid ?? 0,
    dispose: async () => {
      const pid = launcher.ownerPid;
      if (pid === undefined || !isAlive(pid)) return;
      // A record nobody has forgotten keeps it. It has to end by itself, or its control groups stay.
      const next = keeperLauncher(directory);
      const { runs } = await next.open(1_000);
      for (const { key } of runs) next.forget(key);
      await next.close();
      await endKeeper(pid);
    },
  };
}
