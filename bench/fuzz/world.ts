import type { CommandMaker } from './command-maker.ts';
import type { Findings } from './findings.ts';
import type { Names } from './names.ts';
import type { Random } from './random.ts';

/** What every session of a run shares. */
export interface World {
  readonly tcpUrl: string;
  readonly socketPath: string;
  readonly token: string;
  readonly findings: Findings;
  /** Set once the agent told what it can do. */
  commands: CommandMaker;
  readonly names: Names;
  /** How long anything asked of the agent may take, milliseconds. */
  readonly patienceMs: number;
  /** How often connections were closed, by code. */
  readonly closes: Map<number, number>;
  /** Frames sent so far. */
  sent: number;
}

/** One visit to the agent: everything it does follows from `random`. What it throws is a finding. */
export type Session = (world: World, random: Random) => Promise<void>;
