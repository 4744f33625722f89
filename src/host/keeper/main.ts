/** The program of the keeper: see `run-keeper.ts`. Loads all it ever needs now, and nothing of the agent. */
import { parseKeeperArguments } from './keeper-arguments.ts';
import { LibcLauncher } from './libc-launcher.ts';
import { runKeeper } from './run-keeper.ts';

await runKeeper(new LibcLauncher(), parseKeeperArguments(process.argv.slice(2)));
