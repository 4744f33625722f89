/** Carries out groups of calls so that all writes that are there at once share one transaction. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ErrorBody } from '../../protocol/agent-error.ts';
import { isAgentError } from '../../protocol/agent-error.ts';
import type { Answer, Call, Group } from './messages.ts';
import { describeFailure, isOperationFault } from './sqlite-error.ts';

/** Takes a call's arguments, which its typed client made. */
export type Operation = (...args: unknown[]) => unknown;

/** A transaction takes in no further group after this long, so that what is first in it isn't kept waiting. */
const TRANSACTION_MS = 10;

export interface ExecutorOptions {
  readonly database: DatabaseSync;
  readonly operations: ReadonlyMap<string, Operation>;
  /** Groups that arrived in the meantime; an empty list when there are none. */
  readonly more: () => readonly Group[];
  /** Called with what is durable (or failed) now. */
  readonly answer: (answers: readonly Answer[], commits: number) => void;
  /** Called with every error that is the database's own. */
  readonly trouble: (error: unknown) => void;
}

type CarryOut = (group: Group) => Answer;

/**
 * The order of things:
 *
 * ```
 * reads            answered at once
 * write …          BEGIN, this and all groups that follow for 10 ms (reads too, they see the writes), COMMIT, answers
 *   one is at fault  ROLLBACK, the same again with a savepoint around each: that one fails, the others don't
 *   the file is      ROLLBACK, every write of the transaction fails, its reads see what was committed before
 * ```
 */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  #waiting: Group[] = [];

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#begin = options.database.prepare('BEGIN IMMEDIATE');
    this.#commit = options.database.prepare('COMMIT');
  }

  /** Carries out these groups and all that arrive before they are done. */
  run(groups: readonly Group[]): void {
    this.#waiting.push(...groups);
    for (let group = this.#next(); group !== undefined; group = this.#next()) {
      if (group.kind === 'read') this.#options.answer([this.#carryOut(group)], 0);
      else this.#transact(group);
    }
  }

  #next(): Group | undefined {
    if (this.#waiting.length === 0) this.#waiting = [...this.#options.more()];
    return this.#waiting.shift();
  }

  #transact(first: Group): void {
    const groups: Group[] = [];
    const answers: Answer[] = [];
    const until = performance.now() + TRANSACTION_MS;
    let committed = true;
    try {
      this.#begin.run();
      for (let group: Group | undefined = first; group !== undefined;) {
        groups.push(group);
        answers.push(this.#carryOut(group));
        group = performance.now() < until ? this.#next() : undefined;
      }
      this.#commit.run();
    } catch (error) {
      answers.length = 0;
      if (groups.length === 0) groups.push(first);
      committed = isOperationFault(error) ? this.#retry(groups, answers) : this.#refuse(groups, answers, error);
    }
    this.#options.answer(answers, committed ? 1 : 0);
  }

  /** The same once more, each write apart from the others. */
  #retry(groups: readonly Group[], answers: Answer[]): boolean {
    try {
      this.#rollBack();
      this.#begin.run();
      for (const group of groups) answers.push(this.#carryOutApart(group));
      this.#commit.run();
      return true;
    } catch (error) {
      answers.length = 0;
      return this.#refuse(groups, answers, error);
    }
  }

  /** Nothing of the transaction was written. */
  #refuse(groups: readonly Group[], answers: Answer[], error: unknown): boolean {
    this.#rollBack();
    this.#options.trouble(error);
    for (const group of groups) {
      if (group.kind === 'read') answers.push(this.#carryOut(group));
      else answers.push(failed(group, error));
    }
    return false;
  }

  #rollBack(): void {
    const { database } = this.#options;
    // Some errors end the transaction by themselves.
    if (database.isTransaction) database.exec('ROLLBACK');
  }

  /** Throws when a write fails with anything but a refusal of its own. */
  readonly #carryOut: CarryOut = (group) =>
    answerEach(group, (call, fail) => {
      try {
        return this.#call(call);
      } catch (error) {
        if (group.kind === 'write' && !isAgentError(error)) throw error;
        if (!isOperationFault(error)) this.#options.trouble(error);
        fail(error);
        return undefined;
      }
    });

  /** Throws only when the database itself is in trouble. */
  readonly #carryOutApart: CarryOut = (group) => {
    if (group.kind === 'read') return this.#carryOut(group);
    const { database } = this.#options;
    return answerEach(group, (call, fail) => {
      database.exec('SAVEPOINT call');
      try {
        return this.#call(call);
      } catch (error) {
        if (!isOperationFault(error)) throw error;
        database.exec('ROLLBACK TO call');
        fail(error);
        return undefined;
      } finally {
        if (database.isTransaction) database.exec('RELEASE call');
      }
    });
  };

  #call([name, args]: Call): unknown {
    const operation = this.#options.operations.get(name);
    if (operation === undefined) throw new TypeError(`No operation "${name}"`);
    return operation(...args);
  }
}

function answerEach(group: Group, run: (call: Call, fail: (error: unknown) => void) => unknown): Answer {
  let failures: Map<number, ErrorBody> | undefined;
  const values = group.calls.map((call, index) =>
    run(call, (error) => {
      failures ??= new Map();
      failures.set(index, describeFailure(call[0], error));
    }),
  );
  return failures === undefined ? { id: group.id, values } : { id: group.id, values, failures };
}

function failed(group: Group, error: unknown): Answer {
  return {
    id: group.id,
    values: [],
    failures: new Map(group.calls.map(([name], index) => [index, describeFailure(name, error)])),
  };
}
