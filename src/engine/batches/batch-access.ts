import type { BatchSummary } from '../../protocol/batch-summary.ts';
import type { BatchSpec } from './batch-plan.ts';

export interface BatchRunOptions {
  /** Aborts when the batch is to end. */
  readonly signal: AbortSignal;
  progress(done: number, total: number, text?: string): void;
}

/** What the command that runs batches needs of the engine. */
export interface BatchAccess {
  /**
   * Checks all of a batch before it becomes a job; answers the ids of jobs outside of it that some of it wait for.
   * Errors: AgentError `bad-arguments` for names, ids and cycles; `too-many`; those of its commands.
   */
  check(batch: string, spec: BatchSpec): readonly string[];
  /** Carries a batch through, or goes on with what an agent before this one began; see BatchRun. */
  run(batch: string, spec: BatchSpec, options: BatchRunOptions): Promise<BatchSummary>;
}
