import type { ExtensionChanges } from '../engine/extension-access.ts';
import { AgentError, errorMessage } from '../protocol/agent-error.ts';
import type { MakePart } from './agent-part.ts';
import type { Config } from './config.ts';
import { ExtensionTable } from './extension-table.ts';
import { findManifests } from './manifest-files.ts';

/** The part of an agent that has its extensions and plugins. Manifests that can't be used are told, and hurt nobody else. */
export const extensions: MakePart = (world) => {
  const { commands, environment, logger } = world;
  const { dataDir } = world.config().agent;
  let settings = world.config().extensions;
  const table = new ExtensionTable({
    find: () => findManifests(settings, dataDir),
    commands,
    environment,
    logger,
  });
  const load = async (config: Config): Promise<ExtensionChanges> => {
    settings = config.extensions;
    const changes = await table.reload();
    logger.info({ ...changes }, 'Extensions were read');
    return changes;
  };
  const loadPresent = async (): Promise<void> => {
    await load(world.config());
  };
  world.offer({
    extensions: {
      list: () => table.list(),
      resolve: (command, args) => table.resolve(command, args),
      // What else the configuration says now is for a reload of the agent.
      reload: () => load(readAnew(world.readConfig)),
    },
  });
  return { register: loadPresent, reload: loadPresent, close: () => table[Symbol.dispose]() };
};

/** Errors: AgentError `bad-arguments` with what is wrong with the configuration. */
function readAnew(readConfig: () => Config): Config {
  try {
    return readConfig();
  } catch (error) {
    throw new AgentError('bad-arguments', errorMessage(error), { cause: error });
  }
}
