import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { migrate, type Migration, schemaVersion } from '../../../src/store/database/migrate.ts';
import { MIGRATIONS } from '../../../src/store/migrations.ts';

const steps: Migration[] = [
  { version: 1, name: 'one', sql: 'CREATE TABLE one (v INTEGER) STRICT; INSERT INTO one VALUES (1)' },
  { version: 2, name: 'two', sql: 'CREATE TABLE two AS SELECT v + 1 AS v FROM one' },
  { version: 3, name: 'three', sql: 'ALTER TABLE one ADD COLUMN w TEXT' },
];

describe('migrate()', () => {
  let database: DatabaseSync;
  const changed: number[] = [];

  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    changed.length = 0;
  });
  afterEach(() => {
    database.close();
  });

  test('makes all tables of a new file without asking for a copy', () => {
    expect(migrate(database, steps, (version) => changed.push(version))).toBe(3);
    expect(schemaVersion(database)).toBe(3);
    expect(database.prepare('SELECT v FROM two').get()).toMatchObject({ v: 2 });
    expect(changed).toEqual([]);
  });

  test('carries out the missing steps alone, after asking for a copy', () => {
    migrate(database, steps.slice(0, 1), () => undefined);
    migrate(database, steps, (version) => changed.push(version));
    expect(changed).toEqual([1]);
    expect(database.prepare('SELECT count(*) AS n FROM one').get()).toMatchObject({ n: 1 });
    migrate(database, steps, (version) => changed.push(version));
    expect(changed).toEqual([1]);
  });

  test('changes nothing when one step fails', () => {
    const broken = [...steps.slice(0, 2), { version: 3, name: 'bad', sql: 'CREATE TABLE one (v INTEGER)' }];
    migrate(database, steps.slice(0, 1), () => undefined);
    expect(() => migrate(database, broken, () => undefined)).toThrow('already exists');
    expect(schemaVersion(database)).toBe(1);
    expect(() => database.prepare('SELECT * FROM two')).toThrow('no such table');
  });

  test('refuses tables of a newer corex', () => {
    database.exec('PRAGMA user_version = 99');
    expect(() => migrate(database, steps, () => undefined)).toThrow('version 99, this corex knows versions up to 3');
  });
});

describe('MIGRATIONS', () => {
  test('count up by one and are named once each', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
    expect(new Set(MIGRATIONS.map(({ name }) => name)).size).toBe(MIGRATIONS.length);
  });
});
