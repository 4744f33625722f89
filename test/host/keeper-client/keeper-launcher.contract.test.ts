import { mkdirSync } from 'node:fs';

import { describeLauncher } from '../../contracts/launcher.ts';
import { madeKeeperLauncher } from './keeper-stage.ts';

describeLauncher('KeeperLauncher', (directory) => {
  mkdirSync(directory);
  return madeKeeperLauncher(directory);
});
