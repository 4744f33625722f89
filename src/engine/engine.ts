/**
 * The engine: takes commands, runs jobs, and keeps every promise about their ends. It knows no process,
 * no socket and no file; those come as ports.
 */
import type { Clock } from '../base/clock.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { Command } from '../protocol/command.ts';
import type { JobInfo, JobPage } from '../protocol/job-info.ts';
import type { JobResult } from '../protocol/result.ts';
import type { Measurement } from '../protocol/run.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { AgentAccess, Builtin } from './builtin.ts';
import type { BuiltinServices } from './calls.ts';
import { CommandTable } from './command-table.ts';
import type { CommandEntry } from './command-table.ts';
import { noCounts } from './engine-counts.ts';
import type { EngineCounts, EngineLoad } from './engine-counts.ts';
import type { BatchAccess } from './batches/batch-access.ts';
import { makeBatchService } from './batches/make-batch-service.ts';
import type { EngineParts } from './engine-parts.ts';
import { makeEngineParts } from './make-engine-parts.ts';
import type { EnginePhase } from './make-engine-parts.ts';
import { WatcherGuard } from './guard.ts';
import type { WatcherCounts } from './guard.ts';
import { Handlers } from './handlers.ts';
import type { Handler } from './handlers.ts';
import type { Hook } from './hooks/hook.ts';
import { Intake } from './intake.ts';
import type { IntakeLimits } from './intake.ts';
import type { JobAccess, JobFilter, JobPageQuery, QueueAccess } from './job-access.ts';
import {
  appendJobStdin,
  cancelJob,
  closeJobStdin,
  killJob,
  prioritizeJob,
  resizeJob,
  unscheduleJob,
  writeJobStdin,
} from './job-control.ts';
import type { JobDefaults } from './job.ts';
import { pageJobs } from './job-page.ts';
import type { JobRunner } from './job-runner.ts';
import type { HistoryPage, HistoryQuery, JobStore } from './job-store.ts';
import { JobTable } from './job-table.ts';
import { viewFinishedJob, viewLiveJob } from './view-job.ts';
import type { OutputArchive } from './output-archive.ts';
import { isMeasurable } from './process.ts';
import type { Place } from './process.ts';
import { JobQueues } from './queues/job-queues.ts';
import { KeptQueues } from './queues/kept-queues.ts';
import type { QueueSettings } from './queues/queue-settings.ts';
import { recoverJobs } from './recovery.ts';
import type { OpenedPlace, RecoveryReport } from './recovery.ts';
import { stopJobs } from './shutdown.ts';
import type { StopOptions, StopReport } from './shutdown.ts';
import type { Caller, Submission } from './submission.ts';
import type { SubmitOptions } from './submit-options.ts';
import type { JobView } from './job-view.ts';
import type { UseSampler } from './use-sampler.ts';

export interface EngineOptions {
  readonly store: JobStore;
  readonly archive: OutputArchive;
  readonly places: readonly Place[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly limits: IntakeLimits & { readonly running: number };
  readonly queues?: Readonly<Record<string, QueueSettings>>;
  /** For what commands leave open. */
  readonly defaults: JobDefaults;
  /** What built-ins may use of the agent around the engine. */
  readonly agent: (commands: CommandTable) => AgentAccess;
}

export class Engine implements JobAccess {
  readonly counts: EngineCounts = noCounts();
  readonly #options: EngineOptions;
  readonly #table = new CommandTable();
  readonly #jobs = new JobTable();
  readonly #queues: JobQueues;
  readonly #keptQueues: KeptQueues;
  readonly batches: BatchAccess;
  readonly #guard: WatcherGuard;
  readonly #handlers: Handlers;
  readonly #parts: EngineParts;
  readonly #intake: Intake;
  readonly #services: BuiltinServices;
  readonly #places = new Map<string, OpenedPlace>();
  #phase: EnginePhase = 'new';

  constructor(options: EngineOptions) {
    const { clock, limits, logger, queues = {} } = options;
    this.#options = options;
    this.#guard = new WatcherGuard(clock, logger);
    this.#handlers = new Handlers(this.#guard);
    const onChange = this.#handlers.queued.bind(this.#handlers);
    this.#queues = new JobQueues({ running: limits.running, clock, queues, onChange });
    this.#keptQueues = new KeptQueues(this.#queues, options.store);
    this.#services = { jobs: this, queues: this.#keptQueues, agent: options.agent(this.#table) };
    this.#parts = makeEngineParts(options, {
      jobs: this.#jobs,
      queues: this.#queues,
      handlers: this.#handlers,
      guard: this.#guard,
      counts: this.counts,
      phase: () => this.#phase,
    });
    this.#intake = new Intake(this.#parts, this.#jobs, this.#table, options.limits, () => this.#services);
    this.batches = makeBatchService(this.#parts, this.#intake, this);
  }

  get queues(): QueueAccess {
    return this.#keptQueues;
  }

  /** What built-ins that run as jobs are given. */
  get services(): BuiltinServices {
    return this.#services;
  }

  get watcherCounts(): WatcherCounts {
    return this.#guard.counts;
  }

  get sampling(): Pick<UseSampler, 'size' | 'counts'> {
    return this.#parts.sampler;
  }

  /** Live jobs by state, and who waits and runs. */
  get load(): EngineLoad {
    return {
      live: this.#jobs.size,
      waiting: this.#queues.waiting,
      active: this.#queues.active,
      byState: this.#jobs.countByState(),
    };
  }

  /** Registers a command; disposing takes it back. Errors: TypeError for a bad or taken name. */
  register(entry: CommandEntry): Disposable {
    return this.#table.register(entry);
  }

  /** Registers a call. A durable built-in is registered as a job with the factory of its kind. */
  registerCall(builtin: Builtin, description: CommandEntry['description']): Disposable {
    return this.#table.register({ sort: 'call', builtin, description });
  }

  addHandler(handler: Handler): Disposable {
    return this.#handlers.add(handler);
  }

  /** Hangs a hook on a live job, for what happens from now on; disposing removes it. Undefined when no such job is live. */
  watch(id: string, hook: Hook): Disposable | undefined {
    return this.#jobs.get(id)?.job.hooks.add(hook);
  }

  /** Whether the live job of this id is the one of this uid. */
  isOfJob(id: string, uid: string): boolean {
    return this.#jobs.get(id)?.job.uid === uid;
  }

  /** Opens store and places and brings unfinished jobs back. Resolves when commands may be taken. */
  async start(): Promise<RecoveryReport & { readonly generation: number }> {
    const { generation, unfinished, queues } = await this.#options.store.open();
    this.#keptQueues.restore(queues, Object.keys(this.#options.queues ?? {}));
    for (const place of this.#options.places) {
      this.#places.set(place.name, { place, known: new Set(await place.open(generation)) });
    }
    const report = await recoverJobs(this.#parts, this.#jobs, this.#table, unfinished, this.#places);
    this.#phase = 'running';
    this.#queues.open();
    return { ...report, generation };
  }

  /** Ids of jobs whose processes would go on if the agent ended now. */
  get surviving(): readonly string[] {
    return this.#jobs
      .select()
      .filter((runner) => runner.isActive && runner.job.place.survives)
      .map(({ job }) => job.id);
  }

  /** Takes no more jobs and starts no run, for {@link stop} is to follow. */
  refuse(): void {
    this.#phase = 'stopping';
    this.#queues.shut();
  }

  /** Takes no more jobs and ends in order; see {@link stopJobs}. */
  async stop(options: StopOptions): Promise<StopReport> {
    this.refuse();
    const report = await stopJobs(this.#parts, this.#jobs.select(), options);
    this.#phase = 'closed';
    this.#parts.notes.close();
    for (const runner of this.#jobs.select()) runner.settlement.giveUp();
    return report;
  }

  submit(command: Command, caller: Caller, options?: SubmitOptions): Submission {
    return this.#intake.submit(command, caller, options);
  }

  refusal(frame: unknown, error: unknown): JobResult {
    return this.#intake.refusal(frame, error);
  }

  list(filter?: JobFilter): JobInfo[] {
    return this.#jobs.list(filter);
  }

  page(query: JobPageQuery): Promise<JobPage> {
    return pageJobs(this.#jobs, query);
  }

  async get(id: string): Promise<JobInfo> {
    const info =
      this.#jobs.get(id)?.job.info() ?? (await this.#options.store.info(id)) ?? this.#jobs.get(id)?.job.info();
    if (info === undefined) throw unknownJob(id);
    return info;
  }

  async view(id: string): Promise<JobView> {
    const runner = this.#jobs.get(id);
    if (runner !== undefined && (await runner.stored)) return viewLiveJob(runner.job);
    const finished = await this.#options.store.find(id);
    if (finished === undefined) throw unknownJob(id);
    return viewFinishedJob(finished, this.#options.archive);
  }

  async result(id: string): Promise<JobResult> {
    const state = this.#jobs.get(id)?.job.state;
    if (state === undefined) return (await this.view(id)).result;
    throw new AgentError('not-ended', `Cannot give the result of the job "${id}": it is ${state}`);
  }

  history(query: HistoryQuery): Promise<HistoryPage> {
    return this.#options.store.history(query);
  }

  async kill(id: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await killJob(await this.#live(id, 'kill'), this.#parts, signal);
  }

  async killAll(filter?: JobFilter): Promise<string[]> {
    const runners = this.#jobs.select(filter).filter(({ job }) => !job.protected);
    await Promise.all(runners.map((runner) => killJob(runner, this.#parts, 'SIGTERM')));
    return runners.map(({ job }) => job.id);
  }

  async cancel(id: string): Promise<void> {
    await cancelJob(await this.#live(id, 'cancel'));
  }

  async unschedule(id: string): Promise<void> {
    await unscheduleJob(await this.#live(id, 'unschedule'), this.#parts);
  }

  async writeStdin(id: string, offset: number, bytes: Uint8Array): Promise<number> {
    return writeJobStdin(await this.#live(id, 'write to'), offset, bytes);
  }

  async appendStdin(id: string, bytes: Uint8Array): Promise<{ readonly from: number; readonly taken: number }> {
    return appendJobStdin(await this.#live(id, 'write to'), bytes);
  }

  async closeStdin(id: string, offset?: number): Promise<void> {
    await closeJobStdin(await this.#live(id, 'write to'), offset);
  }

  async resize(id: string, columns: number, rows: number): Promise<void> {
    await resizeJob(await this.#live(id, 'resize'), columns, rows);
  }

  async setPriority(id: string, priority: number): Promise<void> {
    await prioritizeJob(await this.#live(id, 'move'), this.#parts, priority);
  }

  async measure(id: string): Promise<Measurement | undefined> {
    const { process } = (await this.#live(id, 'measure')).job;
    return process !== undefined && isMeasurable(process) ? process.measure() : undefined;
  }

  /** A live job. A settled one is told apart from an unknown one. */
  async #live(id: string, action: string): Promise<JobRunner> {
    const runner = this.#jobs.get(id);
    if (runner !== undefined) return runner;
    const finished = await this.#options.store.find(id);
    if (finished === undefined) throw unknownJob(id);
    throw new AgentError('not-running', `Cannot ${action} the job "${id}": it has ended`);
  }
}

function unknownJob(id: string): AgentError {
  return new AgentError('unknown-job', `Cannot find the job "${id}": none is live or in the history`);
}
