import { DatabaseSync } from 'node:sqlite';

import { describe, expect, test } from 'vitest';

import { AgentError } from '../../../src/protocol/agent-error.ts';
import {
  describeFailure,
  isDamage,
  isLocked,
  isOperationFault,
  sqliteCode,
} from '../../../src/store/database/sqlite-error.ts';

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown');
}

function sqliteError(errcode: number): Error {
  return Object.assign(new Error(`code ${errcode}`), { errcode });
}

describe('sqliteCode()', () => {
  test('reads the primary code of what node:sqlite throws', () => {
    using database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE t (v INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (1)');
    expect(sqliteCode(thrownBy(() => database.exec('INSERT INTO t VALUES (1)')))).toBe(19);
    expect(sqliteCode(thrownBy(() => database.exec("INSERT INTO t VALUES ('x')")))).toBe(20);
    expect(sqliteCode(new Error('other'))).toBeUndefined();
  });
});

describe('the kinds of error', () => {
  test.each([
    ['corrupt', 11, { damage: true, locked: false, fault: false }],
    ['not a database', 26, { damage: true, locked: false, fault: false }],
    ['busy', 5, { damage: false, locked: true, fault: false }],
    ['full', 13, { damage: false, locked: false, fault: false }],
    ['failed write', 778, { damage: false, locked: false, fault: false }],
    ['constraint', 2067, { damage: false, locked: false, fault: true }],
    ['too big', 18, { damage: false, locked: false, fault: true }],
  ])('%s', (_, code, expected) => {
    const error = sqliteError(code);
    expect({ damage: isDamage(error), locked: isLocked(error), fault: isOperationFault(error) }).toEqual(expected);
  });

  test('an error of our own code is the operation’s fault', () => {
    expect(isOperationFault(new TypeError('x'))).toBe(true);
    expect(isDamage(new TypeError('x'))).toBe(false);
  });
});

describe('describeFailure()', () => {
  test('keeps an AgentError as it is', () => {
    expect(describeFailure('jobs.x', new AgentError('unknown-job', 'No'))).toEqual({
      code: 'unknown-job',
      message: 'No',
    });
  });

  test('tells trouble of the store from a fault of ours, and names the operation', () => {
    expect(describeFailure('jobs.x', sqliteError(13))).toEqual({
      code: 'store-unavailable',
      message: 'Cannot carry out "jobs.x" in the store: code 13',
    });
    expect(describeFailure('jobs.x', new TypeError('y')).code).toBe('internal');
  });
});
