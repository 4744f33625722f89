import type { Hook } from '../engine/hooks/hook.ts';
import type { SubmitOptions } from '../engine/submit-options.ts';
import type { JobFilter } from '../engine/job-access.ts';
import type { JobView } from '../engine/job-view.ts';
import type { Caller, Submission } from '../engine/submission.ts';
import { isAgentError } from '../protocol/agent-error.ts';
import type { Command } from '../protocol/command.ts';
import type { JobInfo } from '../protocol/job-info.ts';
import type { JobResult } from '../protocol/result.ts';

/** What the startup needs of the engine. */
export interface StartupJobs {
  submit(command: Command, caller: Caller, options?: SubmitOptions): Submission;
  watch(id: string, hook: Hook): Disposable | undefined;
  list(filter?: JobFilter): JobInfo[];
  get(id: string): Promise<JobInfo>;
  view(id: string): Promise<JobView>;
  kill(id: string): Promise<void>;
}

/** Told what happens to an entry's job, in order. */
export interface JobObserver {
  /** Whether what it says is of interest at present. */
  readonly listens: boolean;
  /** A run's process is there. `found`: it was there before. */
  began(run: number, found?: { readonly startedAt: number; readonly said: number }): void;
  said(run: number, text: string): void;
  /** A run has ended. */
  ran(run: number, succeeded: boolean): void;
  /** The job has ended for good. Not called when the agent ends first. */
  ended(result: JobResult): void;
}

/** What is to be run, under which conditions. */
export interface JobOrder {
  readonly command: Command & { readonly id: string };
  readonly protected: boolean;
  /** A settled job of this id gives way; else one of the same content is taken for it. */
  readonly replaces: boolean;
}

export type OpenedJob =
  | { readonly type: 'open'; readonly job: EntryJob }
  | { readonly type: 'refused'; readonly code: string; readonly message: string };

const CALLER: Caller = { name: 'startup' };

/** Starts the job of an entry, or takes over the one of the same content that is there. Never rejects. */
export async function openJob(jobs: StartupJobs, order: JobOrder, observer: JobObserver): Promise<OpenedJob> {
  const ears = new Ears(observer);
  const { command, replaces } = order;
  const options = { hooks: [ears], protected: order.protected, replaces };
  const submission = jobs.submit(command, CALLER, options);
  if (submission.type === 'refused') return refusedBy(submission.result);
  if (submission.type === 'call') return { type: 'open', job: new EntryJob(jobs, command.id, submission.result, ears) };
  const accepted = await submission.accepted;
  if (accepted.type === 'refused') return refusedBy(accepted.result);
  const { job, attached } = accepted;
  const entryJob = new EntryJob(jobs, command.id, job.result, ears);
  if (attached) entryJob.listen();
  return { type: 'open', job: entryJob };
}

function refusedBy({ error }: JobResult): OpenedJob {
  return { type: 'refused', code: error?.code ?? 'internal', message: error?.message ?? 'It was refused' };
}

/** The job an entry runs as, until it has ended. Disposing it means to hear no more of it. */
export class EntryJob implements Disposable {
  readonly id: string;
  /** Resolves when it has ended, or the agent before it. Never rejects. */
  readonly over: Promise<void>;
  readonly #jobs: StartupJobs;
  readonly #ears: Ears;
  #watching: Disposable | undefined;
  #isOver = false;

  constructor(jobs: StartupJobs, id: string, result: Promise<JobResult>, ears: Ears) {
    this.#jobs = jobs;
    this.id = id;
    this.#ears = ears;
    this.over = result.then(
      (settled) => {
        this.#isOver = true;
        ears.ended(settled);
      },
      () => undefined,
    );
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Listens to a job that was there before. */
  listen(): void {
    this.#watching = this.#jobs.watch(this.id, this.#ears);
    const [info] = this.#jobs.list({ ids: [this.id] });
    if (info?.started === undefined || (info.state !== 'running' && info.state !== 'stopping')) return;
    this.#ears.found(info.runs, { startedAt: info.started, said: info.output });
  }

  /** Ends it for good. Resolves when it has ended. Errors: AgentError when that can't be stored. */
  async kill(): Promise<void> {
    if (this.#isOver) return;
    await endJob(this.#jobs, this.id);
    await this.over;
  }

  [Symbol.dispose](): void {
    this.#ears.close();
    this.#watching?.[Symbol.dispose]();
  }
}

/** Asks a job to end for good. One that has ended is fine. */
export async function endJob(jobs: Pick<StartupJobs, 'kill'>, id: string): Promise<void> {
  try {
    await jobs.kill(id);
  } catch (error) {
    if (!isAgentError(error) || (error.code !== 'not-running' && error.code !== 'unknown-job')) throw error;
  }
}

/** What is known of the job of an id, live or settled; undefined when there is none. Errors: AgentError of the store. */
export async function findJob(jobs: Pick<StartupJobs, 'get'>, id: string): Promise<JobInfo | undefined> {
  try {
    return await jobs.get(id);
  } catch (error) {
    if (isAgentError(error) && error.code === 'unknown-job') return undefined;
    throw error;
  }
}

/** How a job ended, in words. */
export function describeEnd({ reason, exit, error, code }: JobResult): string {
  if (error !== undefined) return error.message;
  if (exit !== undefined && 'signal' in exit) return `it was ended by ${exit.signal}`;
  if (exit !== undefined) return `it exited with ${exit.code}`;
  return `it ended as ${reason}, code ${code}`;
}

/** The hook on a job. What it says is only parsed while somebody listens. */
class Ears implements Hook {
  readonly name = 'startup';
  readonly #observer: JobObserver;
  #isClosed = false;

  constructor(observer: JobObserver) {
    this.#observer = observer;
  }

  get message(): Hook['message'] {
    if (this.#isClosed || !this.#observer.listens) return undefined;
    return ({ run, text }) => {
      if (!this.#isClosed) this.#observer.said(run, text);
    };
  }

  started({ run }: { readonly run: number }): void {
    if (!this.#isClosed) this.#observer.began(run);
  }

  found(run: number, found: { readonly startedAt: number; readonly said: number }): void {
    this.#observer.began(run, found);
  }

  exited({ run, state }: { readonly run: number; readonly state: string }): void {
    if (!this.#isClosed) this.#observer.ran(run, state === 'SUCCESS');
  }

  ended(result: JobResult): void {
    if (!this.#isClosed) this.#observer.ended(result);
  }

  close(): void {
    this.#isClosed = true;
  }
}
