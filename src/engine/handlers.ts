/** Handlers watch all jobs; hooks (`hooks/`) watch one. */
import type { Command } from '../protocol/command.ts';
import type { JobEvent } from '../protocol/frames.ts';
import type { JobInfo, JobState, QueueInfo } from '../protocol/job-info.ts';
import type { JobResult } from '../protocol/result.ts';
import type { StatisticsSample } from './streams/statistics-line.ts';
import type { JobStats } from './streams/job-output.ts';
import type { ParsedMessage } from './streams/message-parser.ts';
import type { WatcherGuard } from './guard.ts';

/** Any of these; each is called in order of registration. Whatever one throws or how long it takes never reaches a job. */
export interface Handler {
  /** Shown in logs. */
  readonly name: string;
  /** May answer with another command to run in its place; its id stays. Not called for what attaches or is refused. */
  pre?(command: Command): Command | undefined;
  /** It is stored: it will run, whatever happens to the agent. */
  accepted?(job: HandledJob): void;
  /** An earlier agent took it; told once, before commands are taken. */
  found?(job: HandledJob): void;
  /** It moved on by the table of states. */
  moved?(job: HandledJob, state: JobState): void;
  /** Something that callers see of it is another, and it did not move: its priority. */
  changed?(job: HandledJob): void;
  /** The settings of a queue were changed, or who is in it. */
  queued?(queue: HandledQueue): void;
  /** What those who follow it are told. */
  told?(job: HandledJob, event: JobEvent): void;
  /** The W3C trace context its run is to hand to its process; that of its command unless somebody answers. */
  traceparent?(job: HandledJob, run: number): string | undefined;
  /** Each time a process of a job runs. */
  started?(job: HandledJob): void;
  /** What its processes use, each `stats_interval`. */
  measured?(job: HandledJob, sample: JobStats): void;
  /** Every message of every job, of the levels its command logs. */
  message?(job: HandledJob, message: ParsedMessage): void | Promise<void>;
  /** The same messages as they come, several at once: much cheaper for who needs few of them. */
  messages?(job: HandledJob, messages: readonly ParsedMessage[]): void;
  /** Once per job, when its result is stored. */
  result?(job: HandledJob, result: JobResult): void | Promise<void>;
  /** Every well-formed message of level 10, and when it was said (wall clock, milliseconds). */
  stats?(job: HandledJob, sample: StatisticsSample, at: number): void | Promise<void>;
  /** A command that became no job: a call with its answer, or what was refused. */
  answered?(command: Command, result: JobResult): void;
}

export interface HandledJob {
  readonly id: string;
  /** Names it for ever; its id may be given to another when it is forgotten. */
  readonly uid: string;
  readonly command: Command;
  /** Wall clock, milliseconds. */
  readonly acceptedAt: number;
  /** Runs so far, the present one included. */
  readonly runs: number;
  /** What `job.list` tells of it now, and of one that has settled what `job.get` does. */
  info(): JobInfo;
}

export interface HandledQueue {
  readonly name: string;
  /** What `queue.list` tells of it now; undefined once it is gone. */
  info(): QueueInfo | undefined;
}

type Moment = Exclude<keyof Handler, 'name'>;

/** The agent's handlers. */
export class Handlers {
  readonly #handlers = new Set<Handler>();
  readonly #guard: WatcherGuard;
  /** Who wants what: most moments are wanted by nobody and come often. */
  readonly #wanted = new Map<Moment, readonly Handler[]>();

  constructor(guard: WatcherGuard) {
    this.#guard = guard;
  }

  /** Adds a handler; disposing removes it. */
  add(handler: Handler): Disposable {
    this.#handlers.add(handler);
    this.#wanted.clear();
    return {
      [Symbol.dispose]: () => {
        this.#handlers.delete(handler);
        this.#wanted.clear();
      },
    };
  }

  /** Whether anybody hears of a moment. */
  wants(moment: Moment): boolean {
    return this.#those(moment).length > 0;
  }

  pre(command: Command): Command {
    let changed = command;
    for (const handler of this.#those('pre')) {
      const answer = this.#guard.call(handler.name, 'pre', () => handler.pre?.(changed));
      if (answer !== undefined) changed = { ...answer, id: command.id, ref: command.ref };
    }
    return changed;
  }

  accepted(job: HandledJob): void {
    this.#tell('accepted', (handler) => handler.accepted?.(job));
  }

  found(job: HandledJob): void {
    this.#tell('found', (handler) => handler.found?.(job));
  }

  changed(job: HandledJob): void {
    this.#tell('changed', (handler) => handler.changed?.(job));
  }

  queued(queue: HandledQueue): void {
    this.#tell('queued', (handler) => handler.queued?.(queue));
  }

  moved(job: HandledJob, state: JobState): void {
    this.#tell('moved', (handler) => handler.moved?.(job, state));
  }

  told(job: HandledJob, event: JobEvent): void {
    this.#tell('told', (handler) => handler.told?.(job, event));
  }

  /** The first answer. */
  traceparent(job: HandledJob, run: number): string | undefined {
    for (const handler of this.#those('traceparent')) {
      const answer = this.#guard.call(handler.name, 'traceparent', () => handler.traceparent?.(job, run));
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  started(job: HandledJob): void {
    this.#tell('started', (handler) => handler.started?.(job));
  }

  measured(job: HandledJob, sample: JobStats): void {
    this.#tell('measured', (handler) => handler.measured?.(job, sample));
  }

  message(job: HandledJob, message: ParsedMessage): void {
    this.#tell('message', (handler) => handler.message?.(job, message));
  }

  messages(job: HandledJob, messages: readonly ParsedMessage[]): void {
    this.#tell('messages', (handler) => handler.messages?.(job, messages));
  }

  result(job: HandledJob, result: JobResult): void {
    this.#tell('result', (handler) => handler.result?.(job, result));
  }

  stats(job: HandledJob, sample: StatisticsSample, at: number): void {
    this.#tell('stats', (handler) => handler.stats?.(job, sample, at));
  }

  answered(command: Command, result: JobResult): void {
    this.#tell('answered', (handler) => handler.answered?.(command, result));
  }

  #tell(moment: Moment, tell: (handler: Handler) => unknown): void {
    for (const handler of this.#those(moment)) this.#guard.call(handler.name, moment, () => tell(handler));
  }

  #those(moment: Moment): readonly Handler[] {
    let those = this.#wanted.get(moment);
    if (those === undefined) {
      those = [...this.#handlers].filter((handler) => handler[moment] !== undefined);
      this.#wanted.set(moment, those);
    }
    return those;
  }
}
