/** Takes commands: refuses, answers calls, and makes jobs — at most one per id. */
import { fault } from '../base/fault.ts';
import { keptUuid } from '../base/uuid.ts';
import { AgentError, errorMessage, isAgentError } from '../protocol/agent-error.ts';
import { commandHash } from '../protocol/command.ts';
import type { Command } from '../protocol/command.ts';
import type { JobResult } from '../protocol/result.ts';
import { assertPlainCall, checkBuiltinArguments, startCall } from './calls.ts';
import type { BuiltinServices } from './calls.ts';
import type { CommandTable } from './command-table.ts';
import type { EngineParts } from './engine-parts.ts';
import type { SettledJobs } from './graph/job-graph.ts';
import { JobRunner } from './job-runner.ts';
import type { Accepted, FinishedJob } from './job-store.ts';
import type { JobTable } from './job-table.ts';
import { makeJob } from './make-job.ts';
import type { Candidate } from './make-job.ts';
import { viewFinishedJob, viewLiveJob } from './view-job.ts';
import type { ProcessFactory } from './process.ts';
import { buildRefusal } from './result-builder.ts';
import { writeStoredCommand } from './stored-command.ts';
import type { SubmitOptions } from './submit-options.ts';
import type { AcceptedJob, Caller, CommandIntake, RefusedJob, Submission } from './submission.ts';

export interface IntakeLimits {
  /** Live jobs, waiting ones included. */
  readonly maxJobs: number;
}

export class Intake implements CommandIntake {
  readonly #parts: EngineParts;
  readonly #jobs: JobTable;
  readonly #table: CommandTable;
  readonly #limits: IntakeLimits;
  readonly #services: () => BuiltinServices;

  constructor(
    parts: EngineParts,
    jobs: JobTable,
    table: CommandTable,
    limits: IntakeLimits,
    services: () => BuiltinServices,
  ) {
    this.#parts = parts;
    this.#jobs = jobs;
    this.#table = table;
    this.#limits = limits;
    this.#services = services;
  }

  submit(command: Command, caller: Caller, options: SubmitOptions = {}): Submission {
    this.#parts.counts.submitted += 1;
    try {
      const entry = this.#table.get(command.name);
      if (entry.sort === 'job') return this.#submitJob(command, entry.factory, options);
      assertPlainCall(command);
      const args = checkBuiltinArguments(entry.builtin, command);
      this.#parts.counts.calls += 1;
      const call = startCall(entry.builtin, args, command, caller, this.#services(), this.#parts.clock);
      const { handlers } = this.#parts;
      if (handlers.wants('answered')) void call.result.then((result) => handlers.answered(command, result));
      return { type: 'call', ...call };
    } catch (error) {
      return this.#refuse(command, error);
    }
  }

  /** Whether a command could become a job of a batch. Errors: the AgentError of its refusal. */
  checkMember(command: Command): void {
    const factory = this.#factory(command);
    const preparation = factory.prepare(factory.complete?.(command) ?? command);
    if (preparation.isBatch === true) throw new AgentError('bad-arguments', 'A batch can not be in a batch');
  }

  /** How many more jobs may be live. */
  get room(): number {
    return Math.max(0, this.#limits.maxJobs - this.#jobs.size);
  }

  refusal(frame: unknown, error: unknown): JobResult {
    this.#parts.counts.refused += 1;
    const { id, command } = typeof frame === 'object' && frame !== null ? (frame as Record<string, unknown>) : {};
    const named = { id: typeof id === 'string' ? id : undefined, name: typeof command === 'string' ? command : '' };
    return buildRefusal(named, this.#asAgentError(error));
  }

  #submitJob(command: Command, factory: ProcessFactory, options: SubmitOptions): Submission {
    const id = command.id ?? keptUuid();
    const hash = commandHash(command);
    const live = this.#jobs.get(id);
    if (live !== undefined) return { type: 'job', id, accepted: this.#attach(live, command, hash) };
    if (this.#parts.isStopping()) throw new AgentError('shutting-down', 'Cannot take the job: the agent is stopping');
    const known = { ...command, id };
    const maySettle = command.id !== undefined && options.replaces !== true && options.member === undefined;
    if (maySettle && (this.#parts.handlers.wants('pre') || factory.place.trouble !== undefined)) {
      // Handlers may change, and trouble refuses, only what really becomes a job: a settled one of this id is looked for first.
      return { type: 'job', id, accepted: this.#acceptUnlessSettled(known, hash, options) };
    }
    const changed = this.#parts.handlers.pre(known);
    return { type: 'job', id, accepted: this.#accept(changed, hash, options, changed === known ? factory : undefined) };
  }

  async #acceptUnlessSettled(
    command: Command & { id: string },
    hash: string,
    options: SubmitOptions,
  ): Promise<AcceptedJob | RefusedJob> {
    try {
      const settled = await this.#parts.store.find(command.id);
      if (settled !== undefined) return this.#attachSettled(settled, command, hash);
      const live = this.#jobs.get(command.id);
      if (live !== undefined) return await this.#attach(live, command, hash);
      return await this.#accept(this.#parts.handlers.pre(command), hash, options);
    } catch (error) {
      return this.#refuse(command, error);
    }
  }

  /** Makes the job and stores it. Refuses by throwing before the job is in the table, by its answer after. */
  #accept(
    given: Command,
    hash: string,
    options: SubmitOptions,
    factory = this.#factory(given),
  ): Promise<AcceptedJob | RefusedJob> {
    const command = factory.complete?.(given) ?? given;
    if (this.#jobs.size >= this.#limits.maxJobs) {
      throw new AgentError(
        'too-many',
        `Cannot take the job: ${this.#jobs.size} jobs are live, the limit is ${this.#limits.maxJobs}`,
      );
    }
    const { trouble } = factory.place;
    if (trouble !== undefined) throw new AgentError('keeper-unavailable', `Cannot take the job: ${trouble}`);
    const isInLine = command.after.length === 0 && options.member === undefined;
    if (isInLine && command.queue !== undefined) this.#parts.queues.assertRoom(command.queue);
    const preparation = factory.prepare(command);
    const needs = preparation.admit?.();
    const candidate = { command, hash, options, factory, preparation };
    if (isInLine && needs === undefined) return this.#make(candidate);
    if (options.member !== undefined) return this.#make(candidate, options.member.settled);
    return this.#makeAfter(candidate, [...command.after.map(({ id }) => id), ...(needs ?? [])]);
  }

  /** Looks up the jobs it needs first. A settled one of its own id counts more than what became of those. */
  async #makeAfter(candidate: Candidate, needs: readonly string[]): Promise<AcceptedJob | RefusedJob> {
    const { command, hash, options } = candidate;
    const { id = '' } = command;
    try {
      const settled = options.replaces === true ? undefined : await this.#parts.store.find(id);
      if (settled !== undefined) return this.#attachSettled(settled, command, hash);
      assertOthers(id, needs);
      return await this.#parts.graph.look(needs, (known) => {
        const live = this.#jobs.get(id);
        if (live !== undefined) return this.#attach(live, command, hash);
        if (this.#parts.isStopping())
          throw new AgentError('shutting-down', 'Cannot take the job: the agent is stopping');
        return this.#make(candidate, known);
      });
    } catch (error) {
      return this.#refuse(command, error);
    }
  }

  #make(candidate: Candidate, settled?: SettledJobs): Promise<AcceptedJob | RefusedJob> {
    const runner = new JobRunner(makeJob(candidate, this.#parts), this.#parts);
    this.#jobs.add(runner);
    if (runner.job.membership !== undefined) this.#parts.batches.join(runner);
    return this.#store(runner, candidate, settled);
  }

  async #store(
    runner: JobRunner,
    { command, options: { replaces = false } }: Candidate,
    settled: SettledJobs | undefined,
  ): Promise<AcceptedJob | RefusedJob> {
    const { job } = runner;
    const { membership } = job;
    const stored = Promise.withResolvers<boolean>();
    const { intent, met } = runner.enlist(stored.promise, command.after.length === 0 ? undefined : settled);
    let accepted: Accepted;
    fault('agent.accept.before');
    try {
      accepted = await this.#parts.store.accept({
        uid: job.uid,
        id: job.id,
        hash: job.hash,
        command: writeStoredCommand(command, job.preparation.derived),
        name: command.name,
        tags: command.tags,
        queue: command.queue,
        priority: command.priority,
        acceptedAt: job.acceptedAt,
        protected: job.protected,
        raw: command.raw,
        title: job.preparation.title,
        intent,
        ...(replaces ? { replaces } : {}),
        ...(membership === undefined ? {} : { membership }),
        ...(met === undefined ? {} : { met }),
      });
    } catch (error) {
      this.#withdraw(runner, stored);
      return this.#refuse(command, error);
    }
    if (accepted.type === 'exists') {
      this.#withdraw(runner, stored);
      // Those who attached in between wait for this job's result: it is the settled one's.
      const view = viewFinishedJob(accepted.job, this.#parts.archive);
      if (accepted.job.hash === job.hash) void view.result.then(job.settleWith);
      return this.#attachSettled(accepted.job, command, job.hash);
    }
    fault('agent.accept.after');
    this.#parts.counts.accepted += 1;
    this.#parts.handlers.accepted(job);
    stored.resolve(true);
    return { type: 'accepted', job: viewLiveJob(job), attached: false };
  }

  #withdraw(runner: JobRunner, stored: PromiseWithResolvers<boolean>): void {
    this.#jobs.remove(runner.job);
    this.#parts.batches.leave(runner);
    this.#parts.graph.withdrawn(runner.job.id);
    runner.waiting.leave();
    runner.job.output.settle();
    stored.resolve(false);
  }

  async #attach(live: JobRunner, command: Command, hash: string): Promise<AcceptedJob | RefusedJob> {
    if (live.job.hash !== hash) return this.#refuse(command, duplicate(live.job.id));
    if (await live.stored) {
      this.#parts.counts.attached += 1;
      return { type: 'accepted', job: viewLiveJob(live.job), attached: true };
    }
    const settled = await this.#parts.store.find(live.job.id).catch(() => undefined);
    if (settled !== undefined) return this.#attachSettled(settled, command, hash);
    return this.#refuse(command, new AgentError('store-unavailable', 'Cannot take the job: it could not be stored'));
  }

  #attachSettled(settled: FinishedJob, command: Command, hash: string): AcceptedJob | RefusedJob {
    if (settled.hash !== hash) return this.#refuse(command, duplicate(settled.id));
    this.#parts.counts.attached += 1;
    return { type: 'accepted', job: viewFinishedJob(settled, this.#parts.archive), attached: true };
  }

  #factory(command: Command): ProcessFactory {
    const entry = this.#table.get(command.name);
    if (entry.sort === 'job') return entry.factory;
    throw new AgentError('bad-command', `Cannot make a job of "${command.name}": it is a call`);
  }

  #refuse(command: Command, error: unknown): RefusedJob {
    this.#parts.counts.refused += 1;
    const result = buildRefusal(command, this.#asAgentError(error));
    this.#parts.handlers.answered(command, result);
    return { type: 'refused', result };
  }

  #asAgentError(error: unknown): AgentError {
    if (isAgentError(error)) return error;
    this.#parts.logger.error({ error: errorMessage(error) }, 'A command could not be taken');
    return new AgentError('internal', `Cannot take the command: ${errorMessage(error)}`, { cause: error });
  }
}

function assertOthers(id: string, needs: readonly string[]): void {
  if (!needs.includes(id)) return;
  throw new AgentError('bad-command', `Cannot take the job "${id}": it would wait for itself ("${id}" after "${id}")`);
}

function duplicate(id: string): AgentError {
  return new AgentError('duplicate-id', `Cannot take the job "${id}": a job of this id exists with other content`);
}
