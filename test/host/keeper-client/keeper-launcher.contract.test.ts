import { mkdirSync } from 'node:fs';

import { describeLauncher } from '../../contracts/launcher.ts';
import { endKeeper, keeperLauncher } from './keeper-stage.ts';

describeLauncher('KeeperLauncher', (directory) => {
  mkdirSync(directory);
  const launcher = keeperLauncher(directory);
  return {
    launcher,
    ownerPid: () => launcher.ownerPid ?? 0,
    // What `close()` leaves alive on purpose ends with its keeper.
    dispose: () => endKeeper(launcher.ownerPid),
  };
});
