import { faultNextTurn } from '../base/fault.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { EngineParts } from './engine-parts.ts';
import { resultOf, settledOutcome } from './job-ending.ts';
import type { Job } from './job.ts';
import { persist } from './persist.ts';
import type { RunOutcome } from './run-outcome.ts';

/** The end of one job for good: stored first, told after. Once, whoever asks for it. */
export class JobSettlement {
  readonly #job: Job;
  readonly #parts: EngineParts;
  #settling: Promise<boolean> | undefined;

  constructor(job: Job, parts: EngineParts) {
    this.#job = job;
    this.#parts = parts;
  }

  /** It has been asked for; the job may be live still, as its result is not stored. */
  get hasBegun(): boolean {
    return this.#settling !== undefined;
  }

  /** Resolves when it is stored and told; false when the agent ended first, or when nobody asked. */
  get over(): Promise<boolean> {
    return this.#settling ?? Promise.resolve(false);
  }

  /** Ends the job with this outcome, unless it is ending with another. `output` is of a run that just ended. */
  settle(outcome: RunOutcome, output?: Uint8Array): Promise<boolean> {
    this.#settling ??= this.#settle(outcome, output);
    return this.#settling;
  }

  /** The agent ends before the job: who waits for its result learns that. */
  giveUp(): void {
    const { id } = this.#job;
    this.#job.rejectWith(
      new AgentError(
        'shutting-down',
        `Cannot wait for the job "${id}": the agent has ended, the job goes on with the next`,
      ),
    );
  }

  async #settle(outcome: RunOutcome, output?: Uint8Array): Promise<boolean> {
    const job = this.#job;
    const { batches, clock, counts, graph, handlers, store } = this.#parts;
    const result = resultOf(job, outcome);
    const ended = clock.now();
    const settled = settledOutcome(job, result, ended, output);
    if (!(await persist(this.#parts, 'result', () => store.conclude(job.uid, settled)))) return false;
    const { state, code, reason } = result;
    job.end = { ended, result: { state, code, reason } };
    job.move('settle');
    counts.settled[outcome.reason] = (counts.settled[outcome.reason] ?? 0) + 1;
    this.#parts.removeJob(job);
    job.output.settle();
    graph.settled(job, { hasStarted: job.startedAt !== undefined, ended: outcome.state });
    batches.settled(job, result);
    job.settleWith(result);
    handlers.result(job, result);
    faultNextTurn('agent.result.told');
    return true;
  }
}
