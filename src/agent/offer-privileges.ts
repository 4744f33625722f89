/** Keeps what is started from having rights, once that was asked for: by the configuration, a command, or an agent before. */
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { AgentError, errorMessage } from '../protocol/agent-error.ts';
import type { MakePart } from './agent-part.ts';
import { DATA_ENTRIES, dataPaths } from './data-dir.ts';

const MEANING = 'The agent on this data directory is unprivileged. That is for good: see docs/confinement.md.\n';

export const offerPrivileges: MakePart = ({ config, commands, logger, offer }) => {
  const { place } = commands;
  const file = dataPaths(config().agent.dataDir).unprivileged;
  const isWanted = (): boolean => config().agent.unprivileged && !place.isUnprivileged;
  const drop = async (): Promise<void> => {
    await keep(file);
    if (!place.isUnprivileged) logger.info({}, 'The agent is unprivileged from now on');
    place.unprivilege();
  };
  return {
    register: async () => {
      if (existsSync(file)) place.unprivilege();
      else if (isWanted()) await drop();
      offer({
        privileges: {
          drop: async () => {
            if (!place.launcher.abilities.unprivileged) throw new AgentError('not-able', `Cannot drop rights: ${WHY}`);
            await drop();
          },
        },
      });
    },
    begin: () => {
      if (!place.isUnprivileged) return;
      if (place.launcher.abilities.unprivileged) logger.info({}, 'The agent is unprivileged');
      else logger.error({}, `No program can be started: the agent is unprivileged, and ${WHY}`);
    },
    reload: async () => {
      if (isWanted()) await drop();
    },
  };
};

const WHY =
  'its launcher can not see to it: that takes a keeper of this version, setpriv (util-linux), and of a root agent CAP_SETPCAP';

/** Leaves word for the agents to come. What is not on the disk does not count. Errors: AgentError `store-unavailable`. */
async function keep(file: string): Promise<void> {
  try {
    await using handle = await open(file, 'w', DATA_ENTRIES.unprivileged.mode);
    await handle.writeFile(MEANING);
    await handle.sync();
    await using directory = await open(path.dirname(file));
    await directory.sync();
  } catch (error) {
    const message = `Cannot keep that the agent is unprivileged: ${errorMessage(error)}`;
    throw new AgentError('store-unavailable', message, { cause: error });
  }
}
