import { nextTurn } from '../../base/next-turn.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { ErrorBody } from '../../protocol/agent-error.ts';
import type { Command } from '../../protocol/command.ts';
import { isErrorName } from '../../protocol/error-codes.ts';
import type { BatchSummary } from '../../protocol/batch-summary.ts';
import { LOST_CODE } from '../../protocol/reasons.ts';
import type { JobResult } from '../../protocol/result.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { AcceptedJob, RefusedJob, Submission } from '../submission.ts';
import type { SubmitOptions } from '../submit-options.ts';
import type { BatchRunOptions } from './batch-access.ts';
import type { BatchPlan, PlannedJob } from './batch-plan.ts';
import { isFailure, summarize } from './batch-summary.ts';
import type { Fate, Membership } from './membership.ts';

/** Jobs that are made in one turn of the loop. */
const SLICE = 256;
/** How often it is told how far the batch is, at most. */
const PROGRESS_MS = 200;
/** Between two tries while jobs can't be taken for a reason that passes. */
const PATIENCE_MS = 1000;
/** What can't be taken just now. */
const PASSING: ReadonlySet<string> = new Set(['keeper-unavailable', 'store-unavailable', 'shutting-down']);
/** The row of a batch that says that it is to end; no job has this id. */
const END_MARK = '';

/** What it needs of the engine. */
export interface BatchRunParts extends Pick<EngineParts, 'batches' | 'clock' | 'graph' | 'isStopping' | 'store'> {
  submit(command: Command, options: SubmitOptions): Submission;
  kill(id: string): Promise<void>;
  /** The result of a job, as soon as it has one; undefined for one that is not there. */
  resultOf(id: string): Promise<JobResult | undefined>;
}

/**
 * Carries a batch through: makes its jobs, all or none, lets them start, and waits for their ends. When the agent ends
 * before it, the next one carries it through again: what was made and what has ended is in the store.
 */
export class BatchRun {
  readonly #batch: string;
  readonly #plan: BatchPlan;
  readonly #parts: BatchRunParts;
  readonly #options: BatchRunOptions;
  readonly #membership: Membership;
  readonly #fates = new Map<string, Fate>();
  readonly #waitedFor = new Set<string>();
  readonly #over = Promise.withResolvers<undefined>();
  #timer: Disposable | undefined;
  #isStarted = false;
  /** Its jobs are being ended; those that do not belong to it are waited for no more. */
  #isEnding = false;

  constructor(batch: string, plan: BatchPlan, parts: BatchRunParts, options: BatchRunOptions) {
    this.#batch = batch;
    this.#plan = plan;
    this.#parts = parts;
    this.#options = options;
    this.#membership = { batch, width: plan.maxInFlight, stopsOnFailure: plan.onFailure === 'stop' };
  }

  /**
   * Resolves when all its jobs have ended, however they did. Never settles when the agent ends first. Errors: the
   * AgentError of the first job that was refused; then none has run.
   */
  async run(): Promise<BatchSummary> {
    const { batches, store } = this.#parts;
    batches.listen(this.#batch, (id, result) => {
      this.#ended(id, result);
    });
    using _stop = this.#endWhenAborted();
    const rows = new Map((await store.members(this.#batch)).map(({ id, fate }) => [id, fate]));
    if (rows.has(END_MARK)) await this.#parts.kill(this.#batch);
    const refusal = await this.#make(rows);
    const failed = [...this.#fates.values()].some(isFailure);
    if (refusal !== undefined) this.#end();
    else if (this.#membership.stopsOnFailure && failed) batches.halt(this.#batch);
    else batches.open(this.#batch);
    this.#isStarted = true;
    this.#look();
    await this.#over.promise;
    this.#timer?.[Symbol.dispose]();
    if (refusal !== undefined) throw refusal;
    const summary = summarize(
      this.#plan.ids,
      this.#fates,
      this.#membership.stopsOnFailure && batches.isHalted(this.#batch),
    );
    this.#tell();
    return summary;
  }

  /** Makes those of its jobs that are not there yet. The refusal of the first that can't be made ends it. */
  async #make(rows: ReadonlyMap<string, Fate | undefined>): Promise<AgentError | undefined> {
    const missing: PlannedJob[] = [];
    for (const job of this.#plan.jobs) {
      const fate = rows.get(job.id);
      if (this.#fates.has(job.id)) continue;
      if (fate !== undefined) this.#fates.set(job.id, fate);
      else if (rows.has(job.id)) this.#waitFor(job.id);
      else missing.push(job);
    }
    for (let at = 0; at < missing.length; at += SLICE) {
      if (this.#isEnding) return undefined;
      const refusal = await this.#makeSome(missing.slice(at, at + SLICE));
      if (refusal !== undefined) return refusal;
      await nextTurn();
    }
    return undefined;
  }

  async #makeSome(jobs: readonly PlannedJob[]): Promise<AgentError | undefined> {
    let left = jobs;
    while (left.length > 0 && !this.#isEnding) {
      const refused = await this.#submitAll(left);
      const refusal = refused.find(({ error }) => !PASSING.has(error.code));
      if (refusal !== undefined) return refusal.error;
      left = refused.map(({ job }) => job);
      // The next agent goes on.
      if (left.length > 0 && this.#parts.isStopping()) await new Promise(() => undefined);
      if (left.length > 0) await new Promise<void>((resolve) => this.#parts.clock.after(PATIENCE_MS, resolve));
    }
    return undefined;
  }

  /** Answers those that were refused. */
  async #submitAll(jobs: readonly PlannedJob[]): Promise<{ readonly job: PlannedJob; readonly error: AgentError }[]> {
    let answers: readonly { readonly job: PlannedJob; readonly answer: AcceptedJob | RefusedJob }[];
    try {
      answers = await this.#parts.graph.look([...new Set(jobs.flatMap(({ others }) => others))], (settled) => {
        const options: SubmitOptions = { member: { membership: this.#membership, settled } };
        return Promise.all(jobs.map(async (job) => ({ job, answer: await this.#submit(job.command, options) })));
      });
    } catch (error) {
      return jobs.map((job) => ({ job, error: asRefusal(job.id, error) }));
    }
    const refused = [];
    for (const { job, answer } of answers) {
      if (answer.type === 'accepted') this.#accepted(job.id, answer);
      else refused.push({ job, error: asRefusal(job.id, answer.result.error) });
    }
    return refused;
  }

  async #submit(command: Command, options: SubmitOptions): Promise<AcceptedJob | RefusedJob> {
    const submission = this.#parts.submit(command, options);
    if (submission.type === 'job') return submission.accepted;
    // Calls were refused before the batch was accepted.
    return { type: 'refused', result: await submission.result };
  }

  #accepted(id: string, { job, attached }: AcceptedJob): void {
    if (this.#fates.has(id)) return;
    this.#waitedFor.add(id);
    if (!attached || this.#parts.batches.liveOf(this.#batch).has(id)) return;
    // It was there before: the batch waits for it, and does nothing else with it.
    this.#parts.store.enrol(this.#batch, id).catch(() => undefined);
    job.result.then(
      (result) => this.#ended(id, result),
      () => undefined,
    );
  }

  /** A job that was made by an agent before this one, or existed before the batch. */
  #waitFor(id: string): void {
    this.#waitedFor.add(id);
    if (this.#parts.batches.liveOf(this.#batch).has(id)) return;
    void this.#waitForOther(id);
  }

  async #waitForOther(id: string): Promise<void> {
    const result = await this.#parts.resultOf(id).catch(() => undefined);
    // The agent ends, or the job was forgotten: then nobody can tell how it ended.
    if (this.#parts.isStopping()) return;
    this.#ended(id, result ?? { state: 'ERROR', code: LOST_CODE, reason: 'lost', starttime: 0 });
  }

  #ended(
    id: string,
    { state, code, reason, starttime }: Pick<JobResult, 'state' | 'code' | 'reason' | 'starttime'>,
  ): void {
    if (this.#fates.has(id)) return;
    this.#fates.set(id, { state, code, reason, startedAt: starttime, endedAt: this.#parts.clock.now() });
    this.#waitedFor.delete(id);
    if (!this.#isStarted) return;
    this.#timer ??= this.#parts.clock.after(PROGRESS_MS, () => {
      this.#timer = undefined;
      this.#tell();
    });
    this.#look();
  }

  /** Whether all have ended. Jobs that are not of the batch alone are not waited for when it is to end. */
  #look(): void {
    if (!this.#isStarted) return;
    const isOver = this.#isEnding ? this.#parts.batches.liveOf(this.#batch).size === 0 : this.#waitedFor.size === 0;
    if (isOver) this.#over.resolve(undefined);
  }

  #tell(): void {
    const failed = [...this.#fates.values()].filter(isFailure).length;
    const text = failed === 0 ? undefined : `${failed} failed`;
    this.#options.progress(this.#fates.size, this.#plan.ids.length, text);
  }

  #end(): void {
    this.#isEnding = true;
    this.#parts.batches.kill(this.#batch);
    this.#look();
  }

  /** That it is to end is stored at once: the next agent ends it, too. */
  #endWhenAborted(): Disposable {
    const { signal } = this.#options;
    const end = (): void => {
      this.#parts.store.enrol(this.#batch, END_MARK).catch(() => undefined);
      this.#end();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    return {
      [Symbol.dispose]: () => {
        signal.removeEventListener('abort', end);
      },
    };
  }
}

function asRefusal(id: string, error: unknown): AgentError {
  const { code = 'internal', message = '' } = (error ?? {}) as Partial<ErrorBody>;
  return new AgentError(
    isErrorName(code) ? code : 'internal',
    `Cannot run the batch: its job "${id}" was refused. ${message}`,
  );
}
