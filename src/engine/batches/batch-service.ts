import { AgentError, isAgentError } from '../../protocol/agent-error.ts';
import type { Command } from '../../protocol/command.ts';
import type { BatchSummary } from '../../protocol/batch-summary.ts';
import type { BatchAccess, BatchRunOptions } from './batch-access.ts';
import { planBatch } from './batch-plan.ts';
import type { BatchPlan, BatchSpec } from './batch-plan.ts';
import { BatchRun } from './batch-run.ts';
import type { BatchRunParts } from './batch-run.ts';

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
