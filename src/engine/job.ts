import type { Command } from '../protocol/command.ts';
import type { AgentError } from '../protocol/agent-error.ts';
import type { JobEvent } from '../protocol/frames.ts';
import type { JobInfo, JobState } from '../protocol/job-info.ts';
import type { JobResult } from '../protocol/result.ts';
import { waitingFor } from './graph/waiting-for.ts';
import type { Waiter } from './graph/waiter.ts';
import type { Membership } from './batches/membership.ts';
import type { Hooks } from './hooks/hook.ts';
import { nextState } from './job-state.ts';
import type { JobStateEvent } from './job-state.ts';
import type { Place, Preparation, Process } from './process.ts';
import type { Ticket } from './queues/ticket.ts';
import type { FinishedRun } from './result-builder.ts';
import type { JobOutput } from './streams/job-output.ts';

/** The agent's defaults for what commands leave open, milliseconds. */
export interface JobDefaults {
  readonly killGraceMs: number;
  readonly ttlMs: number;
}

/** Hears what becomes of jobs. Must not throw. */
export interface JobWatcher {
  moved(job: Job, state: JobState): void;
  told(job: Job, event: JobEvent): void;
}

/** What a job is made of when it is born or found in the store. */
export interface JobSeed {
  readonly uid: string;
  readonly id: string;
  readonly hash: string;
  readonly command: Command;
  readonly preparation: Preparation;
  /** Where its processes live. */
  readonly place: Place;
  readonly output: JobOutput;
  readonly hooks: Hooks;
  readonly acceptedAt: number;
  readonly protected: boolean;
  /** For what the command leaves open. */
  readonly defaults: JobDefaults;
  /** Told what becomes of it. */
  readonly watcher?: JobWatcher;
  /** The batch it belongs to. */
  readonly membership?: Membership | undefined;
}

/**
 * One live job: its identity, where it stands, and what it has been through. Only its runner moves it.
 */
export class Job {
  readonly uid: string;
  readonly id: string;
  readonly hash: string;
  readonly command: Command;
  readonly preparation: Preparation;
  readonly place: Place;
  readonly output: JobOutput;
  readonly hooks: Hooks;
  readonly acceptedAt: number;
  readonly protected: boolean;
  readonly membership: Membership | undefined;
  /** Between TERM and KILL, and from its end to being forgotten, milliseconds. */
  readonly killGraceMs: number;
  readonly ttlMs: number;
  /** Resolves with the result once it is stored. Rejects when the agent ends first. */
  readonly result: Promise<JobResult>;
  readonly settleWith: (result: JobResult) => void;
  readonly rejectWith: (error: AgentError) => void;

  /** Runs started or intended so far; the number of the present one. */
  runs = 0;
  /** Restarts since the last healthy run. */
  failures = 0;
  /** Ends after the present run, whatever its policies say. */
  final = false;
  priority: number;
  /** What it waits for before it gets in line, while it does. */
  waiter: Waiter | undefined;
  /** Its place in line, for a job of a batch. */
  ticket: Ticket | undefined;
  /** The process of the present run, while there is one. */
  process: Process | undefined;
  startedAt: number | undefined;
  /** When the next run is due, wall clock, while waiting. */
  dueAt: number | undefined;
  lastRun: FinishedRun | undefined;
  /** How it settled, once that is stored. */
  end: Required<Pick<JobInfo, 'ended' | 'result'>> | undefined;
  /** Position after the last byte of all finished runs, and bytes of them a limit dropped. */
  outputEnd = 0;
  outputDropped = 0;
  /** Standard input taken so far by the present run; undefined until it was asked for or told. */
  stdinOffset: number | undefined;
  /** Resolves when what is being appended to standard input was taken. */
  appending: Promise<unknown> = Promise.resolve();

  readonly #watcher: JobWatcher | undefined;
  #state: JobState = 'queued';
  #moved: PromiseWithResolvers<undefined> | undefined;

  constructor(seed: JobSeed) {
    this.uid = seed.uid;
    this.id = seed.id;
    this.hash = seed.hash;
    this.command = seed.command;
    this.preparation = seed.preparation;
    this.place = seed.place;
    this.output = seed.output;
    this.hooks = seed.hooks;
    this.acceptedAt = seed.acceptedAt;
    this.protected = seed.protected;
    this.#watcher = seed.watcher;
    this.membership = seed.membership;
    this.killGraceMs = seed.command.killGraceMs ?? seed.defaults.killGraceMs;
    this.ttlMs = seed.command.ttlMs ?? seed.defaults.ttlMs;
    this.priority = seed.command.priority;
    const { promise, resolve, reject } = Promise.withResolvers<JobResult>();
    this.result = promise;
    this.settleWith = resolve;
    this.rejectWith = reject;
    // That nobody waits for it is no trouble.
    promise.catch(() => undefined);
  }

  get state(): JobState {
    return this.#state;
  }

  /** Moves on by the table. False, and nothing happens, when the event means nothing now. */
  move(event: JobStateEvent): boolean {
    const next = nextState(this.#state, event);
    if (next === undefined) return false;
    this.#state = next;
    this.#moved?.resolve(undefined);
    this.#moved = undefined;
    this.#watcher?.moved(this, next);
    return true;
  }

  /** Resolves at the next move. */
  get moved(): Promise<undefined> {
    this.#moved ??= Promise.withResolvers();
    return this.#moved.promise;
  }

  /** Tells those who follow the job, at the present end of its output. */
  tell(event: JobEvent, position = this.output.end): void {
    this.output.appendEvent(event, position);
    this.#watcher?.told(this, event);
  }

  info(): JobInfo {
    const { pid } = this.process ?? {};
    return {
      id: this.id,
      command: this.command.name,
      ...(this.preparation.title === undefined ? {} : { title: this.preparation.title }),
      state: this.#state,
      ...waitingFor(this),
      ...(this.command.queue === undefined ? {} : { queue: this.command.queue }),
      priority: this.priority,
      tags: [...this.command.tags],
      runs: this.runs,
      ...(pid === undefined ? {} : { pid }),
      accepted: this.acceptedAt,
      ...(this.startedAt === undefined ? {} : { started: this.startedAt }),
      ...(this.#state === 'waiting' && this.dueAt !== undefined ? { next: this.dueAt } : {}),
      output: this.output.end,
      ...(this.preparation.hasTerminal === true ? { pty: true } : {}),
      ...(this.protected ? { protected: true } : {}),
      ...this.end,
    };
  }
}
