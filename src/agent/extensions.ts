import type { MakePart } from './agent-part.ts';
import { ExtensionTable } from './extension-table.ts';
import { findManifests } from './manifest-files.ts';

/** The part of an agent that has its extensions and plugins. Manifests that can't be used are told, and hurt nobody else. */
export const extensions: MakePart = (world) => {
  const { commands, environment, logger } = world;
  const table = new ExtensionTable({
    find: () => findManifests(world.config().extensions, world.config().agent.dataDir),
    commands,
    environment,
    logger,
  });
  const reload = async (): Promise<void> => {
    const changes = await table.reload();
    logger.info({ ...changes }, 'Extensions were read');
  };
  world.offer({ extensions: table });
  return { register: reload, reload, close: () => table[Symbol.dispose]() };
};
