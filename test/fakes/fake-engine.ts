import { randomUUID } from 'node:crypto';
import type { JobAccess } from '../../src/engine/job-access.ts';
import type { AcceptedJob, Caller, CommandIntake, RefusedJob, Submission } from '../../src/engine/submission.ts';
import type { ReadingOptions } from '../../src/engine/streams/reading.ts';
import { AgentError } from '../../src/protocol/agent-error.ts';
import type { Command } from '../../src/protocol/command.ts';
import type { JobInfo } from '../../src/protocol/job-info.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { FakeJob } from './fake-job.ts';
import { failureOf, refusalOf, successOf } from './results.ts';

/** What a call does: its return value, or a promise of it, becomes `data`. */
export type FakeCall = (args: Readonly<Record<string, unknown>>, caller: Caller, signal: AbortSignal) => unknown;

/**
 * Takes commands as the engine does, without processes, queues or a store. Knows `core.ping`, `job.subscribe`,
 * `job.unsubscribe`, `job.stdin`, `job.kill` and `fake.job`; a test adds calls of its own.
 */
export class FakeEngine implements CommandIntake {
  readonly jobsById = new Map<string, FakeJob>();
  readonly calls = new Map<string, FakeCall>();
  readonly kills: string[] = [];
  readonly cancelled: string[] = [];
  readonly stdin = new FakeStdin();
  /** Holds back `accepted` of jobs until it resolves. */
  beforeAccept: Promise<unknown> = Promise.resolve();
  readonly jobs: JobAccess;

  constructor() {
    this.jobs = this.#jobAccess();
    this.calls.set('core.ping', () => 'pong');
    this.calls.set('fake.echo', (args) => args);
    this.calls.set('fake.throw', () => {
      throw new Error('thrown by a call');
    });
    this.calls.set('fake.forever', async (_args, _caller, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    this.calls.set('job.kill', (args) => this.kills.push(String(args['id'])));
    this.calls.set('job.subscribe', (args, caller) => {
      const { id, ...options } = args as unknown as ReadingOptions & { id: string };
      return caller.session?.subscribe(this.#find(id), {
        ...options,
        from: options.from ?? 'start',
        as: options.as ?? 'messages',
      });
    });
    this.calls.set('job.unsubscribe', (args, caller) => caller.session?.unsubscribe(args['handle'] as number));
    this.calls.set('job.stdin', (args, caller) => caller.session?.openStdin(args['id'] as string, this.stdin.length));
  }

  /** Makes a job that `fake.job` with this id starts or attaches to. */
  job(id: string): FakeJob {
    const job = new FakeJob(id);
    this.jobsById.set(id, job);
    return job;
  }

  submit(command: Command, caller: Caller): Submission {
    const call = this.calls.get(command.name);
    if (call !== undefined) return this.#call(call, command, caller);
    if (command.name !== 'fake.job')
      return {
        type: 'refused',
        result: this.refusal(
          { command: command.name, id: command.id },
          new AgentError('unknown-command', `No "${command.name}"`),
        ),
      };
    const id = command.id ?? randomUUID();
    const known = this.jobsById.get(id);
    const job = known ?? this.job(id);
    return { type: 'job', id, accepted: this.#accept({ type: 'accepted', job, attached: known !== undefined }) };
  }

  refusal(frame: unknown, error: unknown): JobResult {
    return refusalOf(frame, error);
  }

  async #accept(outcome: AcceptedJob | RefusedJob): Promise<AcceptedJob | RefusedJob> {
    await this.beforeAccept;
    return outcome;
  }

  #call(call: FakeCall, command: Command, caller: Caller): Submission {
    const abort = new AbortController();
    const id = command.id ?? randomUUID();
    const run = async (): Promise<JobResult> => {
      try {
        const args = (command.args ?? {}) as Record<string, unknown>;
        return successOf(id, command.name, (await call(args, caller, abort.signal)) ?? null);
      } catch (error) {
        return failureOf(id, command.name, error);
      }
    };
    const cancel = (reason: string): void => {
      this.cancelled.push(command.name);
      abort.abort(new AgentError('cancelled', reason));
    };
    return { type: 'call', result: run(), cancel };
  }

  #find(id: string): FakeJob {
    const job = this.jobsById.get(id);
    if (job === undefined) throw new AgentError('unknown-job', `No job "${id}"`);
    return job;
  }

  /** Only what the server uses. */
  #jobAccess(): JobAccess {
    const access: Partial<JobAccess> = {
      get: async (id) => ({ ...INFO, id: this.#find(id).id, state: this.stdin.state }),
      view: async (id) => this.#find(id),
      appendStdin: async (_id, bytes) => {
        const from = this.stdin.length;
        return { from, taken: await this.stdin.write(from, bytes) };
      },
      closeStdin: async (_id, offset) => {
        this.stdin.closedAt = offset ?? this.stdin.length;
      },
    };
    return access as JobAccess;
  }
}

/** A job’s standard input that takes as much as the test lets it. */
class FakeStdin {
  readonly taken: Buffer[] = [];
  /** Bytes it may still take. */
  room = Number.POSITIVE_INFINITY;
  closedAt: number | undefined;
  state: JobInfo['state'] = 'running';
  /** Thrown by the next writes. */
  failure: AgentError | undefined;
  writes = 0;

  get text(): string {
    return Buffer.concat(this.taken).toString();
  }

  get length(): number {
    return this.taken.reduce((sum, part) => sum + part.length, 0);
  }

  async write(offset: number, bytes: Uint8Array): Promise<number> {
    this.writes += 1;
    if (this.failure !== undefined) throw this.failure;
    if (offset > this.length) return this.length;
    const fresh = bytes.subarray(this.length - offset, this.length - offset + this.room);
    this.room -= fresh.length;
    // A copy: the bytes belong to the caller.
    this.taken.push(Buffer.from(fresh));
    return this.length;
  }
}

const INFO: JobInfo = {
  id: '',
  command: 'fake.job',
  state: 'running',
  priority: 0,
  tags: [],
  runs: 1,
  accepted: 0,
  output: 0,
};
