/** The program of the keeper: see `run-keeper.ts`. Loads all it ever needs now, and nothing of the agent. */
import { armFaults } from '../../base/fault.ts';
import { Confiner } from '../confine/confiner.ts';
import { closeInheritedFiles } from './inherited-files.ts';
import { parseKeeperArguments } from './keeper-arguments.ts';
import { LibcLauncher } from './libc-launcher.ts';
import { runKeeper } from './run-keeper.ts';

closeInheritedFiles();
// eslint-disable-next-line no-restricted-properties -- nobody else may see the variable, so it can't be handed down
armFaults(process.env);
const options = parseKeeperArguments(process.argv.slice(2));
const confiner = await Confiner.open(options.dataDir);
await runKeeper(new LibcLauncher({ confiner }), options);
// Only now it is sure that no other keeper has this directory.
void confiner.removeStale();
