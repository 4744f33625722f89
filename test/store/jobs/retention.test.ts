import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { openStore, type Store, type StoreOptions } from '../../../src/store/open-store.ts';
import { acceptance, settled } from '../../contracts/job-store.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { tempDir, type TempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('Retention', () => {
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
  /** Settles jobs, each a millisecond after the other, results `bytes` long. */
  const finish = async (ids: readonly string[], { ttlMs = HOUR_MS, bytes = 10 } = {}): Promise<void> => {
    const result = `"${'x'.repeat(bytes)}"`;
    await Promise.all(
      ids.map(async (id, index) => {
        const endedAt = clock.now() + index;
        await store.jobs.accept(acceptance(id, { tags: ['t'] }));
        await store.jobs.conclude(
          `uid-${id}`,
          settled({ endedAt, expiresAt: endedAt + ttlMs, result, output: Buffer.alloc(100) }),
        );
      }),
    );
  };
  const ids = async (): Promise<string[]> => (await store.jobs.history({ limit: 1000 })).jobs.map(({ id }) => id);
  /** Sweeps, letting the pauses between its steps go by. */
  const sweep = async (): Promise<void> => {
    let isOver = false;
    const over = store.sweep().then(() => {
      isOver = true;
    });
    while (!isOver) await clock.advance(1);
    await over;
  };
  const names = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => String(from + n));

  test('removes what expired, with everything that belongs to it', async () => {
    await open();
    await finish(['short'], { ttlMs: 10 });
    await finish(['long'], { ttlMs: HOUR_MS });
    clock.wallOffset += 1000;
    expect(await ids()).toEqual(['long', 'short']);
    await sweep();
    expect(await ids()).toEqual(['long']);
    expect((await store.jobs.history({ limit: 10, tags: ['t'] })).jobs).toHaveLength(1);
    expect(await store.outputs.end('uid-short')).toBe(0);
    expect(store.counters.finished).toBe(1);
  });

  test('does so by itself', async () => {
    await open();
    await finish(names(0, 500), { ttlMs: 1000 });
    for (let second = 0; second < 10; second += 1) await clock.advance(1000);
    await until('all are gone', async () => {
      await clock.advance(50);
      return (await ids()).length === 0;
    });
  });

  test('keeps the newest so many', async () => {
    await open({ history: { maxJobs: 10 } });
    await finish(names(0, 30));
    await sweep();
    expect(await ids()).toEqual(names(20, 30).reverse());
    expect(store.counters.finished).toBe(10);
  });

  test('notices soon that there are too many, also those it finds at the start', async () => {
    await open({ history: { maxJobs: 10 } });
    await finish(names(0, 30));
    await store.close();
    await open({ history: { maxJobs: 20 } });
    expect(store.counters.finished).toBe(30);
    await clock.advance(300);
    await until('ten are gone', () => store.counters.finished === 20);
    await finish(['one more']);
    await clock.advance(300);
    await until('one more is gone', () => store.counters.finished === 20);
    expect(await ids()).toEqual(['one more', ...names(11, 30).reverse()]);
  });

  test('keeps only as many bytes of results as it may', async () => {
    await open({ history: { maxBytes: 3_000_000 } });
    await finish(names(0, 20), { bytes: 500_000 });
    await sweep();
    const kept = await ids();
    expect(kept.length).toBeGreaterThan(2);
    expect(kept.length).toBeLessThan(6);
    expect(kept).toEqual(names(20 - kept.length, 20).reverse());
  });

  test('never touches live jobs, whatever the clock says', async () => {
    await open({ history: { maxJobs: 1 } });
    await store.jobs.accept(acceptance('live', { intent: { run: 1, place: 'keeper', epoch: 'e' } }));
    await store.jobs.accept(acceptance('waiting', { queue: 'q' }));
    for (const jump of [DAY_MS, -2 * DAY_MS, DAY_MS]) {
      clock.wallOffset += jump;
      await sweep();
      expect((await store.jobs.open()).unfinished.map(({ id }) => id)).toEqual(['live', 'waiting']);
    }
    await store.jobs.conclude('uid-live', settled({ endedAt: clock.now(), expiresAt: clock.now() + HOUR_MS }));
    await sweep();
    expect(await ids()).toEqual(['live']);
  });

  test('removes what is due by the time it is asked, though it is at work already', async () => {
    await open();
    await finish(['a']);
    const first = store.sweep();
    clock.wallOffset += DAY_MS;
    const second = store.sweep();
    let isOver = false;
    void Promise.all([first, second]).then(() => {
      isOver = true;
    });
    while (!isOver) await clock.advance(1);
    expect(await ids()).toEqual([]);
  });

  test('removes a settled job’s files with it', async () => {
    await open();
    await finish(['a', 'b']);
    for (const id of ['a', 'b']) {
      mkdirSync(store.outputs.directory(`uid-${id}`), { recursive: true });
      writeFileSync(`${store.outputs.directory(`uid-${id}`)}/0000000000000000-1.out`, 'x');
    }
    await sweep();
    expect(existsSync(store.outputs.directory('uid-a'))).toBe(true);
    clock.wallOffset += DAY_MS;
    await sweep();
    await until('both folders are gone', () =>
      ['a', 'b'].every((id) => !existsSync(store.outputs.directory(`uid-${id}`))),
    );
  });

  test('gives the file a bound: pages are used again, and given back when many are free', async () => {
    await open({ history: { maxJobs: 500 } });
    const sizes: number[] = [];
    const file = directory.at('corex.db');
    for (let wave = 0; wave < 4; wave += 1) {
      await finish(names(wave * 2000, (wave + 1) * 2000), { bytes: 4000 });
      await sweep();
      await store.close();
      sizes.push(statSync(file).size);
      await open({ history: { maxJobs: 500 } });
    }
    // 500 jobs of some 5 kB, and at least 4 MiB of free pages.
    for (const size of sizes) expect(size).toBeLessThan(10_000_000);
    clock.wallOffset += DAY_MS;
    await sweep();
    await store.close();
    expect(statSync(file).size).toBeLessThan(5_000_000);
    await open();
    expect(await ids()).toEqual([]);
  });

  test('close() ends a sweep between two steps', async () => {
    await open({ history: { maxJobs: 1 } });
    await finish(names(0, 3000));
    void store.sweep();
    await store.close();
    await open({ history: { maxJobs: 5000 } });
    expect(store.counters.finished).toBeGreaterThan(0);
  });
});
