import type { EngineParts } from './engine-parts.ts';
import type { SettledJobs } from './graph/job-graph.ts';
import type { Waiter } from './graph/waiter.ts';
import type { Job } from './job.ts';
import { queuedEvent } from './job-events.ts';
import type { Admission, Ticket } from './queues/ticket.ts';
import { outcomeOfFailedDependency } from './run-outcome.ts';
import type { RunOutcome } from './run-outcome.ts';

/** Where a job stands while it does not run: behind other jobs, in line for its turn, or between two runs. */
export class JobWaiting {
  readonly #job: Job;
  readonly #parts: EngineParts;
  #waiter: Waiter | undefined;
  #ticket: Ticket | undefined;
  #timer: Disposable | undefined;

  constructor(job: Job, parts: EngineParts) {
    this.#job = job;
    this.#parts = parts;
  }

  /** It got in line, and its turn came at once. */
  get isImmediate(): boolean {
    return this.#ticket?.immediate === true;
  }

  get admission(): Admission {
    const { id, command, priority, preparation, membership } = this.#job;
    const admission = { id, queue: command.queue, priority, takesSlot: preparation.takesSlot };
    return membership === undefined
      ? admission
      : { ...admission, group: { name: membership.batch, width: membership.width } };
  }

  /** Behind the jobs its command names. Answers which of them, by their place, have come so far already. */
  behind(
    settled: SettledJobs,
    met: ReadonlySet<number> | undefined,
    then: { opened(): void; failed(outcome: RunOutcome): void },
  ): readonly number[] {
    const job = this.#job;
    const waiter = this.#parts.graph.wait(
      job,
      settled,
      {
        opened: () => {
          job.waiter = undefined;
          then.opened();
          return this.isImmediate;
        },
        doomed: (dependency, facts) => {
          job.waiter = undefined;
          then.failed(outcomeOfFailedDependency(dependency, facts));
        },
      },
      met,
    );
    if (waiter.isOver) return waiter.held;
    this.#waiter = waiter;
    job.waiter = waiter;
    job.tell(queuedEvent(job, waiter.size));
    return waiter.held;
  }

  /** In line. `turn` as for the queues. */
  inLine(turn: () => Promise<void>): void {
    const job = this.#job;
    this.#ticket = this.#parts.queues.enter(this.admission, turn);
    if (job.membership !== undefined) job.ticket = this.#ticket;
    if (!this.#ticket.immediate) job.tell(queuedEvent(job));
  }

  /** Between two runs. */
  forTime(delayMs: number, due: () => void): void {
    if (this.#parts.isStopping()) return;
    this.#timer = this.#parts.clock.after(delayMs, due);
  }

  /** Gives up whatever place it has. */
  leave(): void {
    if (this.#waiter !== undefined) this.#parts.graph.leave(this.#waiter);
    this.#ticket?.leave();
    this.#timer?.[Symbol.dispose]();
  }

  /** Moves the job in the line it stands in. */
  setPriority(priority: number): void {
    this.#job.priority = priority;
    this.#ticket?.setPriority(priority);
  }
}
