/** The database seen from outside its thread. */
import { setImmediate as atEndOfTurn } from 'node:timers';
import { Worker } from 'node:worker_threads';
import { ownProgram } from '../../base/own-package.ts';
import { PassingMap } from '../../base/passing-map.ts';
import { AgentError, type ErrorBody, errorMessage } from '../../protocol/agent-error.ts';
import type { AreaClient, Operations } from './area.ts';
import type { Answer, Call, Group, OpenOptions, OpenReport, Reply, Request } from './messages.ts';

/** Calls that share one answer, at most: a read waits for no more than this many writes of a later caller. */
const GROUP_CALLS = 256;

/** Something went wrong that no single call can tell. */
export type DatabaseTrouble =
  { readonly type: 'damaged'; readonly message: string } | { readonly type: 'died'; readonly message: string };

/** What the database did since it was opened. */
export interface DatabaseCounters {
  readonly reads: number;
  readonly writes: number;
  readonly commits: number;
  readonly failures: number;
  /** Calls that were not answered yet. */
  readonly pending: number;
  /** Groups of writes that were answered, and how long they waited for it together. */
  readonly writeGroups: number;
  readonly writeMs: number;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: AgentError) => void;
}

interface OpenGroup extends Group {
  readonly calls: Call[];
  readonly waiting: Waiting[];
  /** When the first call of it was made, monotonic milliseconds. */
  readonly since: number;
}

/** Room for the thread's young objects, which are rows on their way: with what Node gives them it holds megabytes more. */
const YOUNG_MB = 3;

/**
 * Hands calls to the database thread and their answers back. Calls of one turn of the event loop
 * leave together; the thread commits together what is there when it comes to it. When the thread
 * dies, everything pending and everything asked later rejects.
 */
export class Database {
  readonly #worker: Worker;
  readonly #opened = Promise.withResolvers<OpenReport>();
  readonly #exited = Promise.withResolvers<void>();
  readonly #groups = new PassingMap<number, OpenGroup>();
  readonly #onTrouble: (trouble: DatabaseTrouble) => void;
  readonly #counters = { reads: 0, writes: 0, commits: 0, failures: 0, pending: 0, writeGroups: 0, writeMs: 0 };
  #collected: OpenGroup[] = [];
  #nextId = 0;
  /** Why nothing more can be asked. */
  #over: AgentError | undefined;
  #closing: Promise<void> | undefined;

  /** Starts the thread. Calls may be made at once; they fail when {@link opened} does. */
  constructor(options: OpenOptions, onTrouble: (trouble: DatabaseTrouble) => void = () => undefined, thread?: URL) {
    this.#onTrouble = onTrouble;
    this.#worker = new Worker(thread ?? ownProgram('src/store/database/thread'), {
      name: 'corex-store',
      workerData: options,
      // Options of this process (conditions, loaders, inspectors) are not the thread's.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker.on('message', (reply: Reply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#die(errorMessage(error)));
    this.#worker.on('exit', () => {
      this.#die('its thread ended');
      this.#exited.resolve();
    });
  }

  /**
   * What was found when the database was opened.
   *
   * Errors: AgentError `store-unavailable`, saying why it could not be; the thread has ended then.
   */
  async opened(): Promise<OpenReport> {
    try {
      return await this.#opened.promise;
    } catch (error) {
      await this.#exited.promise;
      throw error;
    }
  }

  get counters(): DatabaseCounters {
    return this.#counters;
  }

  /** The typed client of an area. */
  area<Ops extends Operations>(area: string): AreaClient<Ops> {
    return {
      read: (name, ...args) => this.#call('read', `${area}.${name}`, args),
      write: (name, ...args) => this.#call('write', `${area}.${name}`, args),
    };
  }

  /** Carries out what was asked before, then lets go of the file. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#flush();
    this.#over ??= new AgentError('store-unavailable', 'Cannot use the store: it is closed');
    this.#worker.postMessage({ type: 'close' } satisfies Request);
    await this.#exited.promise;
  }

  #call<Value>(kind: 'read' | 'write', name: string, args: readonly unknown[]): Promise<Value> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    this.#counters.pending += 1;
    if (kind === 'read') this.#counters.reads += 1;
    else this.#counters.writes += 1;
    const group = this.#groupFor(kind);
    group.calls.push([name, args]);
    return new Promise<Value>((resolve, reject) => {
      group.waiting.push({ resolve: resolve, reject });
    });
  }

  #groupFor(kind: 'read' | 'write'): OpenGroup {
    const last = this.#collected.at(-1);
    if (last?.kind === kind && last.calls.length < GROUP_CALLS) return last;
    if (last === undefined) atEndOfTurn(() => this.#flush());
    const group: OpenGroup = { id: (this.#nextId += 1), kind, calls: [], waiting: [], since: performance.now() };
    this.#collected.push(group);
    return group;
  }

  #flush(): void {
    const groups = this.#collected;
    if (groups.length === 0) return;
    this.#collected = [];
    for (const group of groups) this.#groups.set(group.id, group);
    const request: Request = { type: 'groups', groups: groups.map(({ id, kind, calls }) => ({ id, kind, calls })) };
    try {
      this.#worker.postMessage(request);
    } catch (error) {
      // Something in there is no data: all that left together fails.
      const failure = new AgentError('internal', `Cannot hand a call to the store: ${errorMessage(error)}`).toJSON();
      for (const { id, calls } of groups)
        this.#settle({ id, values: [], failures: new Map(calls.map((_, index) => [index, failure])) });
    }
  }

  #receive(reply: Reply): void {
    switch (reply.type) {
      case 'ready':
        this.#opened.resolve(reply.report);
        return;
      case 'refused':
        this.#fail(AgentError.fromJSON(reply.error));
        return;
      case 'answers':
        this.#counters.commits += reply.commits;
        for (const answer of reply.answers) this.#settle(answer);
        return;
      case 'damaged':
        this.#onTrouble(reply);
        return;
    }
  }

  #settle({ id, values, failures }: Answer): void {
    const group = this.#groups.get(id);
    if (group === undefined) return;
    this.#groups.delete(id);
    this.#counters.pending -= group.waiting.length;
    if (group.kind === 'write') {
      this.#counters.writeGroups += 1;
      this.#counters.writeMs += performance.now() - group.since;
    }
    this.#counters.failures += failures?.size ?? 0;
    group.waiting.forEach(({ resolve, reject }, index) => {
      const failure: ErrorBody | undefined = failures?.get(index);
      if (failure === undefined) resolve(values[index] as never);
      else reject(AgentError.fromJSON(failure));
    });
  }

  #die(why: string): void {
    const isNews = this.#closing === undefined && this.#over === undefined;
    this.#fail(new AgentError('store-unavailable', `Cannot use the store: ${why}`));
    if (isNews) this.#onTrouble({ type: 'died', message: why });
  }

  /** Everything pending and everything to come rejects; the first reason is the one that is told. */
  #fail(error: AgentError): void {
    this.#over ??= error;
    this.#opened.reject(this.#over);
    const groups = [...this.#groups.values(), ...this.#collected];
    this.#groups.clear();
    this.#collected = [];
    for (const { waiting } of groups) {
      this.#counters.pending -= waiting.length;
      for (const { reject } of waiting) reject(this.#over);
    }
  }
}
