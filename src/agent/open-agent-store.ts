import type { Clock } from '../base/clock.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/open-store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Config } from './config.ts';

export interface AgentStoreOptions {
  readonly config: Config;
  readonly outputDirectory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Why no write will succeed until the store is opened again. */
  readonly onTrouble: (message: string) => void;
}

/** Opens the store as it is configured, and says what was found. Errors: as {@link openStore}. */
export async function openAgentStore(options: AgentStoreOptions): Promise<Store> {
  const { config, outputDirectory, clock, logger, onTrouble } = options;
  const store = await openStore({
    directory: config.agent.dataDir,
    outputDirectory,
    durability: config.store.durability,
    history: { maxJobs: config.history.maxJobs },
    outputBytes: config.output.agentBytes,
    clock,
    onTrouble: (trouble) => {
      onTrouble(trouble.message);
      logger.error({ trouble }, 'The store is in trouble');
    },
  });
  const { quarantined } = store.report;
  if (quarantined !== undefined) {
    logger.error({ quarantined }, 'The database was damaged and set aside; history and resources start anew');
  }
  return store;
}
