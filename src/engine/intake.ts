/** Takes commands: refuses, answers calls, and makes jobs — at most one per id. */
import { randomUUID } from 'node:crypto';
import { fault } from '../base/fault.ts';
import { AgentError, errorMessage, isAgentError } from '../protocol/agent-error.ts';
import { commandHash, toWire } from '../protocol/command.ts';
import type { Command } from '../protocol/command.ts';
import type { JobResult } from '../protocol/result.ts';
import { assertPlainCall, checkBuiltinArguments, startCall } from './calls.ts';
import type { BuiltinServices } from './calls.ts';
import type { CommandTable } from './command-table.ts';
import type { EngineParts } from './engine-parts.ts';
import { Hooks } from './hooks/hook.ts';
import type { Hook } from './hooks/hook.ts';
import { Job } from './job.ts';
import { JobRunner } from './job-runner.ts';
import { makeJobUid } from './job-uid.ts';
import type { Accepted, FinishedJob } from './job-store.ts';
import type { JobTable } from './job-table.ts';
import { viewFinishedJob, viewLiveJob } from './view-job.ts';
import type { ProcessFactory } from './process.ts';
import { buildRefusal } from './result-builder.ts';
import { JobOutput } from './streams/job-output.ts';
import type { AcceptedJob, Caller, CommandIntake, RefusedJob, Submission } from './submission.ts';

/** What code that embeds the agent may add to a command; no client can. */
export interface SubmitOptions {
  readonly hooks?: readonly Hook[];
  /** Always run again, whatever happens, with backoff; untouched by killall. */
  readonly protected?: boolean;
}

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
      return { type: 'call', ...startCall(entry.builtin, args, command, caller, this.#services(), this.#parts.clock) };
    } catch (error) {
      return this.#refuse(command, error);
    }
  }

  refusal(frame: unknown, error: unknown): JobResult {
    this.#parts.counts.refused += 1;
    const { id, command } = typeof frame === 'object' && frame !== null ? (frame as Record<string, unknown>) : {};
    const named = { id: typeof id === 'string' ? id : undefined, name: typeof command === 'string' ? command : '' };
    return buildRefusal(named, this.#asAgentError(error));
  }

  #submitJob(command: Command, factory: ProcessFactory, options: SubmitOptions): Submission {
    const id = command.id ?? randomUUID();
    const hash = commandHash(command);
    const live = this.#jobs.get(id);
    if (live !== undefined) return { type: 'job', id, accepted: this.#attach(live, command, hash) };
    if (this.#parts.isStopping()) throw new AgentError('shutting-down', 'Cannot take the job: the agent is stopping');
    const known = { ...command, id };
    if (command.id !== undefined && (this.#parts.handlers.changesCommands || factory.place.trouble !== undefined)) {
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
    command: Command,
    hash: string,
    options: SubmitOptions,
    factory = this.#factory(command),
  ): Promise<AcceptedJob | RefusedJob> {
    if (this.#jobs.size >= this.#limits.maxJobs) {
      throw new AgentError(
        'too-many',
        `Cannot take the job: ${this.#jobs.size} jobs are live, the limit is ${this.#limits.maxJobs}`,
      );
    }
    const { trouble } = factory.place;
    if (trouble !== undefined) throw new AgentError('keeper-unavailable', `Cannot take the job: ${trouble}`);
    if (command.queue !== undefined) this.#parts.queues.assertRoom(command.queue);
    const preparation = factory.prepare(command);
    const acceptedAt = this.#parts.clock.now();
    const uid = makeJobUid(acceptedAt);
    const job = new Job({
      uid,
      id: command.id ?? uid,
      hash,
      command,
      preparation,
      place: factory.place,
      output: new JobOutput({ uid, archive: this.#parts.archive, raw: command.raw, end: 0 }),
      hooks: new Hooks(options.hooks ?? [], this.#parts.guard),
      acceptedAt,
      protected: options.protected ?? false,
      defaults: this.#parts.defaults,
    });
    const runner = new JobRunner(job, this.#parts);
    this.#jobs.add(runner);
    return this.#store(runner, command);
  }

  async #store(runner: JobRunner, command: Command): Promise<AcceptedJob | RefusedJob> {
    const { job } = runner;
    const stored = Promise.withResolvers<boolean>();
    const intent = runner.enlist(stored.promise);
    let accepted: Accepted;
    fault('agent.accept.before');
    try {
      accepted = await this.#parts.store.accept({
        uid: job.uid,
        id: job.id,
        hash: job.hash,
        command: JSON.stringify(toWire(command)),
        name: command.name,
        tags: command.tags,
        queue: command.queue,
        priority: command.priority,
        acceptedAt: job.acceptedAt,
        protected: job.protected,
        raw: command.raw,
        title: job.preparation.title,
        intent,
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
    stored.resolve(true);
    return { type: 'accepted', job: viewLiveJob(job), attached: false };
  }

  #withdraw(runner: JobRunner, stored: PromiseWithResolvers<boolean>): void {
    this.#jobs.remove(runner.job);
    runner.leave();
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
    return { type: 'refused', result: buildRefusal(command, this.#asAgentError(error)) };
  }

  #asAgentError(error: unknown): AgentError {
    if (isAgentError(error)) return error;
    this.#parts.logger.error({ error: errorMessage(error) }, 'A command could not be taken');
    return new AgentError('internal', `Cannot take the command: ${errorMessage(error)}`, { cause: error });
  }
}

function duplicate(id: string): AgentError {
  return new AgentError('duplicate-id', `Cannot take the job "${id}": a job of this id exists with other content`);
}
