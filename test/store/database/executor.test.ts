import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { AgentError } from '../../../src/protocol/agent-error.ts';
import { Executor } from '../../../src/store/database/executor.ts';
import type { Answer, Call, Group } from '../../../src/store/database/messages.ts';

class SqliteError extends Error {
  readonly errcode: number;

  constructor(errcode: number) {
    super(`error ${errcode}`);
    this.errcode = errcode;
  }
}

const FULL = 13;
const CONSTRAINT_UNIQUE = 2067;

describe('Executor', () => {
  let database: DatabaseSync;
  let answers: Answer[];
  let commits: number[];
  let troubles: unknown[];
  let arriving: Group[][];
  let failWith: Error | undefined;

  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE t (v INTEGER PRIMARY KEY) STRICT');
    answers = [];
    commits = [];
    troubles = [];
    arriving = [];
    failWith = undefined;
  });
  afterEach(() => {
    database.close();
  });

  const stored = (): unknown[] =>
    database
      .prepare('SELECT v FROM t ORDER BY v')
      .all()
      .map((row) => row['v']);
  const write = (id: number, ...values: (number | null)[]): Group => ({
    id,
    kind: 'write',
    calls: values.map((value): Call => ['insert', [value]]),
  });
  const read = (id: number): Group => ({ id, kind: 'read', calls: [['list', []]] });

  function run(...groups: Group[]): void {
    const insert = database.prepare('INSERT INTO t VALUES (?)');
    const executor = new Executor({
      database,
      operations: new Map<string, (...args: never[]) => unknown>([
        ['insert', (value: number | null) => insert.run(value).changes],
        ['insertTwo', (value: number) => [insert.run(value), insert.run(value)]],
        ['list', stored],
        [
          'takeTime',
          (ms: number) => {
            for (const until = performance.now() + ms; performance.now() < until;);
          },
        ],
        [
          'refuse',
          () => {
            throw new AgentError('unknown-job', 'No such thing');
          },
        ],
        [
          'break',
          () => {
            if (failWith !== undefined) throw failWith;
          },
        ],
      ]) as never,
      more: () => arriving.shift() ?? [],
      answer: (given, count) => {
        answers.push(...given);
        commits.push(count);
      },
      trouble: (error) => troubles.push(error),
    });
    executor.run(groups);
  }

  test('commits once what is there at once, and what arrives meanwhile', () => {
    arriving = [[write(3, 30)], [read(4), write(5, 50)]];
    run(write(1, 1, 2), write(2, 20));
    expect(commits).toEqual([1]);
    expect(answers.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    expect(stored()).toEqual([1, 2, 20, 30, 50]);
  });

  test('answers reads that come before any write without a transaction', () => {
    run(read(1), read(2), write(3, 1));
    expect(commits).toEqual([0, 0, 1]);
  });

  test('lets a read see the writes before it', () => {
    run(write(1, 7), read(2));
    expect(answers[1]).toEqual({ id: 2, values: [[7]] });
  });

  test('ends a transaction after 10 ms even when more keeps coming', () => {
    arriving = Array.from({ length: 12 }, (_, n): Group[] => [
      { id: n + 2, kind: 'write', calls: [['takeTime', [3]]] },
    ]);
    run(write(1, 1));
    expect(commits.length).toBeGreaterThanOrEqual(3);
    expect(answers).toHaveLength(13);
  });

  test('a write that breaks a constraint fails alone', () => {
    run(write(1, 1, 2), write(2, 2, 3), read(3), write(4, 5));
    expect(stored()).toEqual([1, 2, 3, 5]);
    expect([...(answers[1]?.failures?.entries() ?? [])]).toMatchObject([[0, { code: 'internal' }]]);
    expect(answers[0]?.failures).toBeUndefined();
    expect(troubles).toEqual([]);
  });

  test('what a failing write did before it failed is undone', () => {
    run({ id: 1, kind: 'write', calls: [['insertTwo', [9]]] }, write(2, 1));
    expect(stored()).toEqual([1]);
    expect(answers[0]?.failures?.get(0)?.message).toContain('"insertTwo"');
  });

  test('a write that refuses costs its neighbours nothing', () => {
    run(write(1, 1), { id: 2, kind: 'write', calls: [['refuse', []]] }, write(3, 2));
    expect(answers[1]?.failures?.get(0)).toMatchObject({ code: 'unknown-job', message: 'No such thing' });
    expect(stored()).toEqual([1, 2]);
    expect(commits).toEqual([1]);
  });

  test('an unknown operation fails alone', () => {
    run(
      { id: 1, kind: 'write', calls: [['nonsense', []]] },
      { id: 2, kind: 'read', calls: [['nonsense', []]] },
      write(3, 2),
    );
    expect(answers.map(({ failures }) => failures?.get(0)?.code)).toEqual(['internal', 'internal', undefined]);
  });

  test('when the database is in trouble every write of the transaction fails, reads see what was there before', () => {
    failWith = new SqliteError(FULL);
    database.exec('INSERT INTO t VALUES (100)');
    run(write(1, 1), read(2), { id: 3, kind: 'write', calls: [['break', []]] });
    expect(answers[0]?.failures?.get(0)?.code).toBe('store-unavailable');
    expect(answers[1]).toEqual({ id: 2, values: [[100]] });
    expect(answers[2]?.failures?.get(0)?.code).toBe('store-unavailable');
    expect(troubles).toEqual([failWith]);
    expect(commits).toEqual([0]);

    failWith = undefined;
    run(write(4, 1));
    expect(stored()).toEqual([1, 100]);
  });

  test('trouble during the second attempt fails them all, too', () => {
    const later = { id: 2, kind: 'write', calls: [['break', []]] } as const;
    failWith = new SqliteError(CONSTRAINT_UNIQUE);
    Object.defineProperty(failWith, 'errcode', {
      get: (() => {
        let asked = 0;
        return () => ((asked += 1) <= 1 ? CONSTRAINT_UNIQUE : FULL);
      })(),
    });
    run(write(1, 1), later);
    expect(answers.map(({ failures }) => failures?.get(0)?.code)).toEqual(['store-unavailable', 'store-unavailable']);
    expect(stored()).toEqual([]);
  });
});
