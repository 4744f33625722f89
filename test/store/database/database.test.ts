import { pathToFileURL } from 'node:url';
import path from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import { Database, type DatabaseTrouble } from '../../../src/store/database/database.ts';
import type { JobsOperations } from '../../../src/store/jobs/jobs-area.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';
import { within } from '../../harness/within.ts';

const endWhenAsked = pathToFileURL(path.join(import.meta.dirname, '../../fixtures/programs/end-when-asked.mjs'));
const inMemory = { directory: undefined, durability: 'process', now: 0 } as const;

describe('Database', () => {
  let database: Database | undefined;
  afterEach(async () => {
    await database?.close();
  });

  test('reports what it found', async () => {
    database = new Database(inMemory);
    const report = await database.opened();
    expect(report).toEqual({
      file: undefined,
      sqliteVersion: expect.stringMatching(/^3\.\d+\.\d+$/),
      schemaBefore: 0,
      schema: 4,
    });
  });

  test('carries out in order what was asked in one turn, many calls at once', async () => {
    database = new Database(inMemory);
    const jobs = database.area<JobsOperations>('jobs');
    const generations = Array.from({ length: 1000 }, () => jobs.write('countOpening'));
    const answers = await Promise.all([...generations, jobs.read('countFinished')]);
    expect(answers).toEqual([...Array.from({ length: 1000 }, (_, index) => index + 1), 0]);
    expect(database.counters).toMatchObject({ reads: 1, writes: 1000, pending: 0, failures: 0 });
    expect(database.counters.commits).toBeLessThan(20);
  });

  test('fails what can not be handed over, and lives on', async () => {
    database = new Database(inMemory);
    const jobs = database.area<JobsOperations>('jobs');
    const bad = jobs.read('find', (() => undefined) as never, 0);
    await expect(bad).rejects.toMatchObject({ code: 'internal' });
    await expect(jobs.read('find', 'x', 0)).resolves.toBeUndefined();
    expect(database.counters).toMatchObject({ pending: 0, failures: 1 });
  });

  test('close() carries out what was asked before; calls after it reject', async () => {
    database = new Database(inMemory);
    const jobs = database.area<JobsOperations>('jobs');
    const before = jobs.write('countOpening');
    const closed = database.close();
    const after = jobs.write('countOpening');
    await expect(after).rejects.toMatchObject({
      code: 'store-unavailable',
      message: 'Cannot use the store: it is closed',
    });
    await expect(before).resolves.toBe(1);
    await closed;
    await database.close();
  });

  test.each(['throw', 'exit', 'close'])(
    'rejects all that is pending and all that follows when its thread ends by %s',
    async (how) => {
      const troubles: DatabaseTrouble[] = [];
      database = new Database({ ...inMemory, directory: how }, (trouble) => troubles.push(trouble), endWhenAsked);
      await database.opened();
      const jobs = database.area<JobsOperations>('jobs');
      const pending = [jobs.write('countOpening'), jobs.read('countFinished')];
      for (const call of pending) {
        await expect(within(20_000, 'the rejection', call)).rejects.toMatchObject({ code: 'store-unavailable' });
      }
      await expect(jobs.read('countFinished')).rejects.toMatchObject({ code: 'store-unavailable' });
      await until('trouble is told', () => troubles.length > 0);
      expect(troubles).toMatchObject([{ type: 'died' }]);
      expect(database.counters.pending).toBe(0);
      await within(20_000, 'close()', database.close());
    },
  );

  test('opened() rejects when the thread can not start', async () => {
    database = new Database(inMemory, undefined, new URL('file:///nonexistent/thread.mjs'));
    await expect(database.opened()).rejects.toMatchObject({ code: 'store-unavailable' });
  });

  test('calls made before a failing open() reject with its reason', async () => {
    await using directory = tempDir();
    database = new Database({ ...inMemory, directory: directory.at('x\u0000y') });
    const call = database.area<JobsOperations>('jobs').read('countFinished');
    await expect(call).rejects.toThrow('Cannot open the store in');
    await expect(database.opened()).rejects.toThrow('Cannot open the store in');
  });
});
