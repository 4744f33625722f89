/** The program of the keeper: see `run-keeper.ts`. Loads all it ever needs now, and nothing of the agent. */
import { armFaults } from '../../base/fault.ts';
import { systemClock } from '../../base/clock.ts';
import { Confiner } from '../confine/confiner.ts';
import { agentEnvironment } from './agent-environment.ts';
import { AgentProcess } from './agent-process.ts';
import { bornFileLimit } from './born-file-limit.ts';
import { ChildTable } from './child-table.ts';
import { limitFilesOfChildren } from './file-room.ts';
import { closeInheritedFiles } from './inherited-files.ts';
import { parseKeeperArguments } from './keeper-arguments.ts';
import { LibcLauncher } from './libc-launcher.ts';
import { runKeeper } from './run-keeper.ts';

closeInheritedFiles();
limitFilesOfChildren(bornFileLimit());
// eslint-disable-next-line no-restricted-properties -- nobody else may see the variable, so it can't be handed down
armFaults(process.env);
const options = parseKeeperArguments(process.argv.slice(2));
const confiner = await Confiner.open(options.dataDir);
const table = new ChildTable();
const command = options.attended?.agent ?? [];
const agent =
  command.length === 0
    ? undefined
    : new AgentProcess({
        command,
        // eslint-disable-next-line no-restricted-properties -- the agent gets what this process got
        environment: agentEnvironment(process.env),
        cwd: process.cwd(),
        table,
        clock: systemClock,
      });
// An agent that dies leaves its own helpers here; as the first process of a container this one gets everybody's orphans.
const launcher = new LibcLauncher({ confiner, table, hasOtherOrphans: agent !== undefined });
await runKeeper(launcher, options, agent);
// Only now it is sure that no other keeper has this directory.
void confiner.removeStale();
