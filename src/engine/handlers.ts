/** Handlers watch all jobs; hooks (`hooks/`) watch one. */
import type { Command } from '../protocol/command.ts';
import type { JobResult } from '../protocol/result.ts';
import type { StatisticsSample } from './streams/statistics-line.ts';
import type { ParsedMessage } from './streams/message-parser.ts';
import type { WatcherGuard } from './guard.ts';

/** Any of these; each is called in order of registration. Whatever one throws or how long it takes never reaches a job. */
export interface Handler {
  /** Shown in logs. */
  readonly name: string;
  /** May answer with another command to run in its place; its id stays. Not called for what attaches or is refused. */
  pre?(command: Command): Command | undefined;
  /** Each time a process of a job runs. */
  started?(job: HandledJob): void;
  /** Every message of every job, of the levels its command logs. */
  message?(job: HandledJob, message: ParsedMessage): void | Promise<void>;
  /** Once per job, when its result is stored. */
  result?(job: HandledJob, result: JobResult): void | Promise<void>;
  /** Every well-formed message of level 10. */
  stats?(job: HandledJob, sample: StatisticsSample): void | Promise<void>;
}

export interface HandledJob {
  readonly id: string;
  readonly command: Command;
}

/** The agent's handlers. */
export class Handlers {
  readonly #handlers = new Set<Handler>();
  readonly #guard: WatcherGuard;

  constructor(guard: WatcherGuard) {
    this.#guard = guard;
  }

  /** Adds a handler; disposing removes it. */
  add(handler: Handler): Disposable {
    this.#handlers.add(handler);
    return {
      [Symbol.dispose]: () => {
        this.#handlers.delete(handler);
      },
    };
  }

  /** Whether a handler may change commands. */
  get changesCommands(): boolean {
    return [...this.#handlers].some((handler) => handler.pre !== undefined);
  }

  /** Whether messages have to be parsed one by one for somebody. */
  get wantsMessages(): boolean {
    return [...this.#handlers].some((handler) => handler.message !== undefined || handler.stats !== undefined);
  }

  pre(command: Command): Command {
    let changed = command;
    for (const handler of this.#handlers) {
      if (handler.pre === undefined) continue;
      const answer = this.#guard.call(handler.name, 'pre', () => handler.pre?.(changed));
      if (answer !== undefined) changed = { ...answer, id: command.id, ref: command.ref };
    }
    return changed;
  }

  started(job: HandledJob): void {
    for (const handler of this.#handlers) {
      if (handler.started !== undefined) this.#guard.call(handler.name, 'started', () => handler.started?.(job));
    }
  }

  message(job: HandledJob, message: ParsedMessage): void {
    for (const handler of this.#handlers) {
      if (handler.message !== undefined)
        void this.#guard.call(handler.name, 'message', () => handler.message?.(job, message));
    }
  }

  result(job: HandledJob, result: JobResult): void {
    for (const handler of this.#handlers) {
      if (handler.result !== undefined)
        void this.#guard.call(handler.name, 'result', () => handler.result?.(job, result));
    }
  }

  stats(job: HandledJob, sample: StatisticsSample): void {
    for (const handler of this.#handlers) {
      if (handler.stats !== undefined) void this.#guard.call(handler.name, 'stats', () => handler.stats?.(job, sample));
    }
  }
}
