import { AgentError, isAgentError } from '../../protocol/agent-error.ts';
import type { Command } from '../../protocol/command.ts';
import type { BatchSummary } from '../../protocol/batch-summary.ts';
import { planBatch } from './batch-plan.ts';
import type { BatchPlan, BatchSpec } from './batch-plan.ts';
import { BatchRun } from './batch-run.ts';
import type { BatchRunOptions, BatchRunParts } from './batch-run.ts';

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

export interface BatchServiceParts extends BatchRunParts {
  /** Errors: as its refusal. */
  checkMember(command: Command): void;
  /** How many more jobs may be live. */
  room(): number;
}

export class BatchService implements BatchAccess {
  readonly #parts: BatchServiceParts;

  constructor(parts: BatchServiceParts) {
    this.#parts = parts;
  }

  check(batch: string, spec: BatchSpec): readonly string[] {
    const { jobs, others } = planBatch(batch, spec);
    const room = this.#parts.room();
    if (jobs.length >= room) {
      throw new AgentError(
        'too-many',
        `Cannot take the batch: it has ${jobs.length} jobs and is one itself, there is room for ${room} more`,
      );
    }
    for (const { id, command } of jobs) this.#checkMember(id, command);
    return others;
  }

  run(batch: string, spec: BatchSpec, options: BatchRunOptions): Promise<BatchSummary> {
    const plan: BatchPlan = planBatch(batch, spec);
    return new BatchRun(batch, plan, this.#parts, options).run();
  }

  #checkMember(id: string, command: Command): void {
    try {
      this.#parts.checkMember(command);
    } catch (error) {
      if (!isAgentError(error)) throw error;
      throw new AgentError(error.code, `Cannot take the batch: its job "${id}" is refused. ${error.message}`, {
        number: error.number,
        cause: error,
      });
    }
  }
}
