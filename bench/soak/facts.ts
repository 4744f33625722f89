import type { JobResult } from '../../src/protocol/result.ts';
import type { JournalRun } from './journal.ts';
import type { Plan } from './plan.ts';
import type { Period } from './soak-agent.ts';

/** All that is known of one job that has ended, beside what the agent says. Times are those of `uptimeMs()`. */
export interface Facts {
  readonly plan: Plan;
  readonly result: JobResult;
  readonly sentAt: number;
  readonly resultAt: number;
  /** What its programs wrote down. */
  readonly runs: readonly JournalRun[];
  /** Callers asked for this, whether it was answered or not. */
  readonly asked: readonly string[];
  /** Signals others sent to the program of a run, by its key. */
  readonly shots: ReadonlyMap<string, readonly NodeJS.Signals[]>;
  /** When whoever owned the processes was killed: runs of then may be lost. */
  readonly losses: readonly number[];
  /** When no agent listened to what runs say. */
  readonly absences: readonly Period[];
}
