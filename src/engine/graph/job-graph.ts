/**
 * Jobs that wait for other jobs. What a job waits for existed before it did, or comes with it in its batch, where
 * cycles are refused: so nobody waits for ever.
 */
import { nextTurn } from '../../base/next-turn.ts';
import { AgentError, errorMessage } from '../../protocol/agent-error.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Job } from '../job.ts';
import type { JobStore } from '../job-store.ts';
import { judge } from './judge.ts';
import type { JobProgressFacts } from './judge.ts';
import { Waiter } from './waiter.ts';
import type { Edge, WaitOutcome } from './waiter.ts';

/** Those who wait for one job are told in pieces, so that however many they are nothing else waits long. */
const SLICE = 256;
/** Ids named in a refusal. */
const NAMED_IDS = 3;

/** What the store knows of jobs that are not live, by id. One that is missing was forgotten. */
export type SettledJobs = ReadonlyMap<string, JobProgressFacts>;

/** A live job, as far as others wait for it. */
interface AwaitedJob {
  readonly job: Job;
  /** Resolves once it is stored; false when it turned out not to become one. */
  readonly stored: Promise<boolean>;
}

/** Every live job. */
interface LiveJobs {
  get(id: string): AwaitedJob | undefined;
}

export class JobGraph {
  readonly #jobs: LiveJobs;
  readonly #store: Pick<JobStore, 'endings' | 'meet'>;
  readonly #logger: Logger;
  /** Who waits, by the id of the job that is waited for. */
  readonly #watched = new Map<string, Set<Edge>>();

  constructor(jobs: LiveJobs, store: Pick<JobStore, 'endings' | 'meet'>, logger: Logger) {
    this.#jobs = jobs;
    this.#store = store;
    this.#logger = logger;
  }

  /**
   * Looks up those of these jobs that are not live, so that {@link wait} knows about each, and hands that to `then`: it
   * is true in that very moment only. Errors: AgentError `unknown-job` naming those that never were or are forgotten;
   * what `then` throws.
   */
  async look<T>(ids: readonly string[], then: (settled: SettledJobs) => T): Promise<Awaited<T>> {
    return await this.#lookUp(ids, (settled, unknown) => {
      if (unknown.length === 0) return then(settled);
      const named = unknown.slice(0, NAMED_IDS).map((id) => `"${id}"`);
      const more = unknown.length > NAMED_IDS ? ` and ${unknown.length - NAMED_IDS} more` : '';
      throw new AgentError(
        'unknown-job',
        `Cannot wait for ${named.join(', ')}${more}: no job of this id is live or in the history`,
      );
    });
  }

  /** The same for jobs that were accepted long ago: what they wait for may be forgotten by now. */
  async lookAgain(ids: readonly string[], then: (settled: SettledJobs) => void): Promise<void> {
    await this.#lookUp(ids, then);
  }

  /**
   * Lets a job wait for its dependencies but those of `met`. Everybody it waits for is live or was looked up. The outcome
   * may be told before this returns.
   */
  wait(job: Job, settled: SettledJobs, outcome: WaitOutcome, met: ReadonlySet<number> = NONE_MET): Waiter {
    const waiter = new Waiter(job, outcome);
    const open: Edge[] = [];
    for (const [index, dependency] of job.command.after.entries()) {
      if (met.has(index)) continue;
      const facts = this.#factsOf(dependency.id, settled);
      const verdict = judge(dependency.condition, facts);
      if (verdict === 'holds') {
        waiter.held.push(index);
        continue;
      }
      const edge = waiter.add(index, dependency);
      if (verdict === 'never') {
        waiter.doom(edge, facts);
        return waiter;
      }
      open.push(edge);
    }
    for (const edge of open) this.#watch(edge);
    if (open.length === 0) waiter.open();
    return waiter;
  }

  /** It waits no longer, whatever comes. */
  leave(waiter: Waiter): void {
    if (waiter.isOver) return;
    waiter.giveUp();
    this.#forget(waiter);
  }

  /** A run of a job began. */
  started(id: string): void {
    const edges = this.#watched.size === 0 ? undefined : this.#watched.get(id);
    if (edges !== undefined) this.#tell(id, [...edges], { hasStarted: true, ended: undefined });
  }

  /** A job has settled, and that is stored. */
  settled(job: Job, facts: JobProgressFacts): void {
    const edges = this.#watched.size === 0 ? undefined : this.#watched.get(job.id);
    if (edges === undefined) return;
    this.#watched.delete(job.id);
    this.#tell(job.id, [...edges], facts);
  }

  /** A job that was being accepted did not become one: a settled one may have its id. */
  withdrawn(id: string): void {
    const edges = this.#watched.size === 0 ? undefined : this.#watched.get(id);
    if (edges === undefined) return;
    this.#watched.delete(id);
    this.lookAgain([id], (settled) => {
      if (this.#jobs.get(id) === undefined) this.#tell(id, [...edges], settled.get(id));
      else for (const edge of edges) if (!edge.waiter.isOver) this.#watch(edge);
    }).catch(() => {
      this.#tell(id, [...edges], undefined);
    });
  }

  /** `then` is called in the moment in which each is live, looked up or known not to be there. */
  async #lookUp<T>(
    ids: readonly string[],
    then: (settled: SettledJobs, unknown: readonly string[]) => T,
  ): Promise<Awaited<T>> {
    const settled = new Map<string, JobProgressFacts>();
    const stored = new Map<string, AwaitedJob>();
    const gone = new Set<string>();
    for (;;) {
      // Whoever was live a moment ago may have settled since.
      const unsure = ids.filter((id) => {
        const runner = this.#jobs.get(id);
        return runner === undefined ? !settled.has(id) && !gone.has(id) : stored.get(id) !== runner;
      });
      if (unsure.length === 0) {
        const unknown = [...gone].filter((id) => this.#jobs.get(id) === undefined);
        return await then(settled, unknown);
      }
      const missing: string[] = [];
      for (const id of unsure) {
        const runner = this.#jobs.get(id);
        if (runner === undefined) missing.push(id);
        // A job that is being accepted may turn out not to become one.
        else if (await runner.stored) stored.set(id, runner);
        else stored.delete(id);
      }
      const found = missing.length === 0 ? [] : await this.#store.endings(missing);
      for (const [index, id] of missing.entries()) {
        const facts = found[index];
        if (facts === undefined) gone.add(id);
        else settled.set(id, facts);
      }
    }
  }

  #factsOf(id: string, settled: SettledJobs): JobProgressFacts | undefined {
    const job = this.#jobs.get(id)?.job;
    return job === undefined ? settled.get(id) : { hasStarted: job.startedAt !== undefined, ended: undefined };
  }

  #watch(edge: Edge): void {
    const edges = this.#watched.get(edge.id);
    if (edges === undefined) this.#watched.set(edge.id, new Set([edge]));
    else edges.add(edge);
  }

  #forget(waiter: Waiter): void {
    for (const edge of waiter.edges) this.#unwatch(edge);
  }

  #unwatch(edge: Edge): void {
    const edges = this.#watched.get(edge.id);
    edges?.delete(edge);
    if (edges?.size === 0) this.#watched.delete(edge.id);
  }

  #tell(id: string, edges: readonly Edge[], facts: JobProgressFacts | undefined): void {
    this.#tellAll(edges, facts).catch((error: unknown) => {
      this.#logger.error({ job: id, error: errorMessage(error) }, 'Those who wait for a job could not be told of it');
    });
  }

  /** Who is doomed will never run, which dooms those who wait for that, and so on: all of them at once. */
  async #tellAll(edges: readonly Edge[], facts: JobProgressFacts | undefined): Promise<void> {
    const work: { readonly edge: Edge; readonly facts: JobProgressFacts | undefined }[] = edges.map((edge) => ({
      edge,
      facts,
    }));
    for (let done = 0; done < work.length; done += 1) {
      if (done > 0 && done % SLICE === 0) await nextTurn();
      const next = work[done];
      if (next === undefined) return;
      const { edge, facts: known } = next;
      const { waiter } = edge;
      if (waiter.isOver) continue;
      const verdict = judge(edge.condition, known);
      if (verdict === 'holds') this.#met(edge);
      if (verdict !== 'never') continue;
      this.#forget(waiter);
      waiter.doom(edge, known);
      const neverRan = { hasStarted: false, ended: 'KILLED' } as const;
      for (const behind of this.#watched.get(waiter.jobId) ?? []) {
        if (judge(behind.condition, neverRan) === 'never') work.push({ edge: behind, facts: neverRan });
      }
    }
  }

  #met(edge: Edge): void {
    const { waiter } = edge;
    this.#unwatch(edge);
    const starts = waiter.met(edge) && waiter.open();
    // A start is stored for itself.
    if (starts) return;
    // If this is lost the next agent looks the job up once more.
    this.#store.meet(waiter.uid, edge.index).catch(() => undefined);
  }
}

const NONE_MET: ReadonlySet<number> = new Set();
