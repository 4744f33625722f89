/** The jobs of live batches: who belongs to which, what stops them together, and that none outlives its batch. */
import { nextTurn } from '../../base/next-turn.ts';
import { errorMessage } from '../../protocol/agent-error.ts';
import type { JobResult } from '../../protocol/result.ts';
import type { Job } from '../job.ts';
import type { JobQueues } from '../queues/job-queues.ts';
import { outcomeOfHalt } from '../run-outcome.ts';
import type { RunOutcome } from '../run-outcome.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Membership } from './membership.ts';

/** Jobs are ended in pieces, so that however many they are nothing else waits long. */
const SLICE = 256;

/** Told how each job of a batch ended, once that is stored. */
export type MemberListener = (id: string, result: JobResult) => void;

/** A live job of a batch. */
export interface BatchMember {
  readonly job: Job;
  readonly hasRun: boolean;
  readonly stored: Promise<boolean>;
  readonly waiting: { leave(): void };
  settleIdle(as: 'last run' | RunOutcome): Promise<boolean>;
}

export interface BatchesParts {
  readonly queues: Pick<JobQueues, 'groups'>;
  readonly logger: Logger;
  /** Ends a live job for good. */
  kill(id: string): Promise<void>;
}

interface LiveBatch {
  readonly live: Map<string, BatchMember>;
  isHalted: boolean;
  listener: MemberListener | undefined;
}

export class Batches {
  readonly #batches = new Map<string, LiveBatch>();
  readonly #parts: BatchesParts;

  constructor(parts: BatchesParts) {
    this.#parts = parts;
  }

  /** A job of a batch is live. */
  join(runner: BatchMember): void {
    const { id, membership } = runner.job;
    if (membership !== undefined) this.#of(membership.batch).live.set(id, runner);
  }

  /** It turned out not to become one. */
  leave({ job }: BatchMember): void {
    if (job.membership !== undefined) this.#batches.get(job.membership.batch)?.live.delete(job.id);
  }

  /** The live jobs of a batch, by id. */
  liveOf(batch: string): ReadonlyMap<string, BatchMember> {
    return this.#of(batch).live;
  }

  isHalted(batch: string): boolean {
    return this.#batches.get(batch)?.isHalted === true;
  }

  /** Listens to the ends of a batch's jobs. */
  listen(batch: string, listener: MemberListener): void {
    this.#of(batch).listener = listener;
  }

  /** Its jobs may start. */
  open(batch: string): void {
    if (!this.isHalted(batch)) this.#parts.queues.groups.openGroup(batch);
  }

  /** Nothing more of it starts: what waits ends at once, what runs ends with its present run. */
  halt(batch: string): void {
    const entry = this.#of(batch);
    entry.isHalted = true;
    this.#parts.queues.groups.closeGroup(batch);
    const waiting: BatchMember[] = [];
    for (const runner of entry.live.values()) {
      runner.job.final = true;
      if (runner.hasRun) continue;
      // At once for all: none may start while others are being ended.
      runner.waiting.leave();
      waiting.push(runner);
    }
    this.#each(waiting, async (runner) => {
      if (!(await runner.stored)) return;
      await runner.settleIdle(runner.job.lastRun === undefined ? outcomeOfHalt(batch) : 'last run');
    });
  }

  /** Ends all of it. */
  kill(batch: string): void {
    const entry = this.#of(batch);
    entry.isHalted = true;
    this.#parts.queues.groups.closeGroup(batch);
    this.#each([...entry.live.values()], ({ job }) => this.#parts.kill(job.id));
  }

  /** A job has settled, and that is stored. */
  settled(job: Job, result: JobResult): void {
    if (job.membership !== undefined) this.#memberSettled(job, job.membership, result);
    if (job.preparation.isBatch === true) this.#end(job.id);
  }

  /** Ends jobs whose batch is no more. To be called when all that is live is known. */
  endOrphans(isLive: (batch: string) => boolean): void {
    for (const batch of [...this.#batches.keys()]) if (!isLive(batch)) this.#end(batch);
  }

  #memberSettled(job: Job, { batch, stopsOnFailure }: Membership, result: JobResult): void {
    const entry = this.#batches.get(batch);
    if (entry === undefined) return;
    entry.live.delete(job.id);
    if (stopsOnFailure && !entry.isHalted && result.state !== 'SUCCESS') this.halt(batch);
    entry.listener?.(job.id, result);
  }

  #end(batch: string): void {
    if (!this.#batches.has(batch)) return;
    this.kill(batch);
    this.#batches.delete(batch);
    this.#parts.queues.groups.dropGroup(batch);
  }

  #of(batch: string): LiveBatch {
    const known = this.#batches.get(batch);
    if (known !== undefined) return known;
    const entry: LiveBatch = { live: new Map(), isHalted: false, listener: undefined };
    this.#batches.set(batch, entry);
    return entry;
  }

  #each(runners: readonly BatchMember[], act: (runner: BatchMember) => Promise<unknown>): void {
    const actOnAll = async (): Promise<void> => {
      for (const [index, runner] of runners.entries()) {
        if (index > 0 && index % SLICE === 0) await nextTurn();
        act(runner).catch((error: unknown) => {
          this.#parts.logger.warn(
            { job: runner.job.id, error: errorMessage(error) },
            'A job of a batch could not be ended',
          );
        });
      }
    };
    void actOnAll();
  }
}
