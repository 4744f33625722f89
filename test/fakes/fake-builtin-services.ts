import type { AgentAccess } from '../../src/engine/builtin.ts';
import type { BatchAccess } from '../../src/engine/batches/batch-access.ts';
import type { BuiltinServices } from '../../src/engine/calls.ts';
import type { JobAccess, JobFilter, JobPageQuery, QueueAccess } from '../../src/engine/job-access.ts';
import type { HistoryPage, HistoryQuery } from '../../src/engine/job-store.ts';
import type { LogReader } from '../../src/engine/log-access.ts';
import type { ResourceReader } from '../../src/engine/resource-access.ts';
import type { SessionAccess } from '../../src/engine/session-access.ts';
import type { ReadingOptions } from '../../src/engine/streams/reading.ts';
import type { Submission } from '../../src/engine/submission.ts';
import type { JobView } from '../../src/engine/job-view.ts';
import { AgentError } from '../../src/protocol/agent-error.ts';
import type { JobInfo, JobPage, QueueInfo } from '../../src/protocol/job-info.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import type { Measurement } from '../../src/protocol/run.ts';
import { FakeJob } from './fake-job.ts';

/** Every job that a test made known is live and takes everything; calls are written down. */
export class FakeJobs implements JobAccess {
  readonly calls: unknown[][] = [];
  readonly jobs = new Map<string, FakeJob>();
  readonly results = new Map<string, JobResult>();
  readonly measurements = new Map<string, Measurement>();
  /** Standard input each job was given. */
  readonly inputs = new Map<string, Buffer>();
  /** Bytes one write takes at most. */
  inputCredit = Infinity;

  add(id: string): FakeJob {
    const job = new FakeJob(id);
    this.jobs.set(id, job);
    this.inputs.set(id, Buffer.alloc(0));
    return job;
  }

  readonly batches: BatchAccess = {
    check: () => [],
    run: () => Promise.reject(new TypeError('Cannot run a batch: no test needs it')),
  };

  submit(): Submission {
    throw new TypeError('Cannot submit: no built-in does');
  }

  list(filter?: JobFilter): JobInfo[] {
    this.calls.push(['list', filter]);
    return [...this.jobs.keys()].map(infoOf);
  }

  async page(query: JobPageQuery): Promise<JobPage> {
    this.calls.push(['page', query]);
    return { live: this.jobs.size, total: this.jobs.size, by_state: {}, jobs: [...this.jobs.keys()].map(infoOf) };
  }

  async get(id: string): Promise<JobInfo> {
    return infoOf(this.#job(id).id);
  }

  async view(id: string): Promise<JobView> {
    return this.#job(id);
  }

  async result(id: string): Promise<JobResult> {
    const result = this.results.get(this.#job(id).id);
    if (result === undefined)
      throw new AgentError('not-ended', `Cannot give the result of the job "${id}": it is running`);
    return result;
  }

  async history(query: HistoryQuery): Promise<HistoryPage> {
    this.calls.push(['history', query]);
    return { jobs: [], cursor: 'next' };
  }

  async kill(id: string, signal?: NodeJS.Signals): Promise<void> {
    this.calls.push(['kill', this.#job(id).id, ...(signal === undefined ? [] : [signal])]);
  }

  async killAll(filter?: JobFilter): Promise<string[]> {
    this.calls.push(['killAll', filter]);
    return [...this.jobs.keys()];
  }

  async cancel(id: string): Promise<void> {
    this.calls.push(['cancel', this.#job(id).id]);
  }

  async unschedule(id: string): Promise<void> {
    this.calls.push(['unschedule', this.#job(id).id]);
  }

  async appendStdin(id: string, bytes: Uint8Array): Promise<{ from: number; taken: number }> {
    const from = this.inputs.get(id)?.length ?? 0;
    return { from, taken: await this.writeStdin(id, from, bytes) };
  }

  async writeStdin(id: string, start: number, bytes: Uint8Array): Promise<number> {
    this.#job(id);
    const before = this.inputs.get(id) ?? Buffer.alloc(0);
    const fresh = start > before.length ? Buffer.alloc(0) : Buffer.from(bytes).subarray(before.length - start);
    const after = Buffer.concat([before, fresh.subarray(0, Math.min(fresh.length, this.inputCredit))]);
    this.inputs.set(id, after);
    return after.length;
  }

  async closeStdin(id: string, offset?: number): Promise<void> {
    this.calls.push(['closeStdin', id, offset]);
  }

  async resize(id: string, columns: number, rows: number): Promise<void> {
    this.calls.push(['resize', this.#job(id).id, columns, rows]);
  }

  async setPriority(id: string, priority: number): Promise<void> {
    this.calls.push(['setPriority', this.#job(id).id, priority]);
  }

  async measure(id: string): Promise<Measurement | undefined> {
    return this.measurements.get(this.#job(id).id);
  }

  #job(id: string): FakeJob {
    const job = this.jobs.get(id);
    if (job === undefined) throw new AgentError('unknown-job', `Cannot find the job "${id}"`);
    return job;
  }
}

/** One queue, `disk`. */
export class FakeQueues implements QueueAccess {
  readonly calls: unknown[][] = [];

  list(): QueueInfo[] {
    return [queueOf('disk')];
  }

  async set(name: string, settings: object): Promise<QueueInfo> {
    this.calls.push(['set', name, settings]);
    return queueOf(name);
  }

  pause(name: string): QueueInfo {
    return this.#change('pause', name, true);
  }

  resume(name: string): QueueInfo {
    return this.#change('resume', name, false);
  }

  #change(action: string, name: string, paused: boolean): QueueInfo {
    this.calls.push([action, name]);
    if (name !== 'disk') throw new AgentError('unknown-queue', `Cannot ${action} the queue "${name}": there is none`);
    return { ...queueOf(name), paused };
  }
}

/** An agent that writes down how it was asked to stop. */
export class FakeAgent implements AgentAccess {
  readonly name = 'test';
  readonly version = '1.2.3';
  readonly stops: object[] = [];
  surviving: readonly string[] = [];

  async state(): Promise<Record<string, unknown>> {
    return { uptime: 1 };
  }

  stop(options: object): readonly string[] {
    this.stops.push(options);
    return this.surviving;
  }

  commands() {
    return [{ name: 'core.ping', sort: 'call' as const, summary: 'Answers.', arguments: {} }];
  }
}

/** A connection that counts handles. */
export class FakeSession implements SessionAccess {
  readonly connection = {};
  readonly subscriptions = new Map<number, { readonly id: string; readonly options: ReadingOptions }>();
  readonly stdinJobs: string[] = [];
  readonly logs = new Map<number, LogReader>();
  readonly watches = new Map<number, ResourceReader>();
  #handles = 0;

  subscribe(job: JobView, options: ReadingOptions): { handle: number; position: number } {
    job.read(options);
    this.#handles += 1;
    this.subscriptions.set(this.#handles, { id: job.id, options });
    return { handle: this.#handles, position: 0 };
  }

  followLog(follow: () => LogReader): { handle: number } {
    this.#handles += 1;
    this.logs.set(this.#handles, follow());
    return { handle: this.#handles };
  }

  watchResources(reader: ResourceReader): { handle: number } {
    this.#handles += 1;
    this.watches.set(this.#handles, reader);
    return { handle: this.#handles };
  }

  unsubscribe(handle: number): boolean {
    return this.subscriptions.delete(handle) || this.logs.delete(handle) || this.watches.delete(handle);
  }

  openStdin(jobId: string, _offset: number): { handle: number } {
    this.stdinJobs.push(jobId);
    this.#handles += 1;
    return { handle: this.#handles };
  }
}

export interface FakeServices extends BuiltinServices {
  readonly jobs: FakeJobs;
  readonly queues: FakeQueues;
  readonly agent: FakeAgent;
}

export function fakeServices(): FakeServices {
  return { jobs: new FakeJobs(), queues: new FakeQueues(), agent: new FakeAgent() };
}

function infoOf(id: string): JobInfo {
  return { id, command: 'fake.job', state: 'running', priority: 0, tags: [], runs: 1, accepted: 1, output: 0 };
}

function queueOf(name: string): QueueInfo {
  return { name, width: 1, paused: false, active: 0, waiting: 0, jobs: [] };
}
