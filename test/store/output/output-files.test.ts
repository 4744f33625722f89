import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { openStore, type Store, type StoreOptions } from '../../../src/store/open-store.ts';
import { acceptance, settled } from '../../contracts/job-store.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { tempDir, type TempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';

describe('OutputFiles', () => {
  let directory: TempDir;
  let clock: FakeClock;
  let store: Store;

  beforeEach(() => {
    directory = tempDir();
    clock = new FakeClock();
  });
  afterEach(async () => {
    await store.close();
    await directory[Symbol.asyncDispose]();
  });

  const open = async (options: Partial<StoreOptions> = {}): Promise<void> => {
    store = await openStore({ directory: directory.path, clock, ...options });
  };
  const writeFiles = (id: string, bytes: number): void => {
    const folder = directory.at('output', `uid-${id}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, '0000000000000000-1.out'), Buffer.alloc(bytes));
  };
  const finish = async (id: string): Promise<void> => {
    await store.jobs.accept(acceptance(id));
    await clock.advance(1);
    await store.jobs.conclude(`uid-${id}`, settled({ endedAt: clock.now(), expiresAt: clock.now() + 86_400_000 }));
  };
  const folders = (): string[] => readdirSync(directory.at('output')).sort();

  test('removes at the start what belongs to no job', async () => {
    await open();
    await finish('settled');
    await store.jobs.accept(acceptance('live'));
    await store.close();
    for (const id of ['orphan', 'settled', 'live', ...Array.from({ length: 500 }, (_, n) => `orphan${n}`)])
      writeFiles(id, 10);
    await open();
    await until('the orphans are gone', () => folders().length === 2);
    expect(folders()).toEqual(['uid-live', 'uid-settled']);
    await until('the rest is counted', () => store.counters.outputBytes === 20);
  });

  test('does without a folder, and looks again later', async () => {
    await open();
    await clock.advance(31_000);
    writeFiles('orphan', 10);
    await until('it has looked again', async () => {
      await clock.advance(31_000);
      return folders().length === 0;
    });
  });

  test('removes the oldest settled jobs’ files when all are too many, never a live job’s', async () => {
    await open({ outputBytes: 3500 });
    for (const id of ['c', 'b', 'a']) {
      await finish(id);
      writeFiles(id, 1000);
    }
    await store.jobs.accept(acceptance('live'));
    writeFiles('live', 1000);
    await store.sweep();
    expect(folders()).toEqual(['uid-a', 'uid-b', 'uid-live']);
    expect(store.counters.outputBytes).toBe(3000);
    writeFiles('live', 3000);
    await store.sweep();
    expect(folders()).toEqual(['uid-live']);
    writeFiles('live', 9000);
    await store.sweep();
    expect(folders()).toEqual(['uid-live']);
    expect(await store.jobs.find('a')).toBeDefined();
  });

  test('leaves alone what can not be a job’s', async () => {
    await open();
    writeFiles('orphan', 1);
    mkdirSync(directory.at('output', 'lost+found'));
    writeFileSync(directory.at('output', 'file'), '');
    await store.sweep();
    expect(folders()).toEqual(['file', 'lost+found']);
  });
});
