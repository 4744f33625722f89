import type { Findings } from '../fuzz/findings.ts';
import type { Caller } from './caller.ts';
import type { Journal } from './journal.ts';
import type { Plan, Workshop } from './plan.ts';
import type { ProcessWatch } from './process-watch.ts';
import type { SoakAgent } from './soak-agent.ts';
import type { SoakFigures } from './soak-figures.ts';

/** What everybody in one soak shares. */
export interface SoakWorld {
  readonly agent: SoakAgent;
  readonly findings: Findings;
  readonly journal: Journal;
  readonly workshop: Workshop;
  readonly watch: ProcessWatch;
  readonly clients: readonly Caller[];
  readonly figures: SoakFigures;
  /** What the noise file holds. */
  readonly noise: Buffer;
  /** Ids of jobs begin with it. */
  readonly prefix: string;
  /** Every job ever sent, by its id. */
  readonly plans: Map<string, Plan>;
  /** Signals sent to programs behind the agent's back, by run key. */
  readonly shots: Map<string, NodeJS.Signals[]>;
  /** When the owner of the processes was killed. */
  readonly losses: number[];
  /** Whether runs outlive an agent. */
  readonly survives: boolean;
  /** How long a job, or the end of its output, may be waited for. */
  readonly patienceMs: number;
}
