/** What the startup needs of the agent. */
import type { LifePorts, StartupPast } from './entry-life.ts';
import type { MilestonePorts } from './milestones.ts';
import type { Words } from './words.ts';

/** What outlives the agent. */
export interface StartupMemory {
  /** What earlier agents kept in this life of the machine. `ids`: entries that were wanted then. */
  recall(): Promise<StartupPast & { readonly ids: readonly string[] }>;
  keep(ids: readonly string[]): Promise<void>;
  /** Everything was stopped: the next agent begins anew. */
  forget(): Promise<void>;
}

export interface StartupPorts extends LifePorts, MilestonePorts {
  readonly words: Words;
  readonly memory: StartupMemory;
  /** Something that {@link Startup.list} tells may be another. */
  readonly onChange?: () => void;
}

export interface ApplyOptions {
  /** Whether entries whose job a caller ended are wanted again. Default true. */
  readonly revives?: boolean;
}
