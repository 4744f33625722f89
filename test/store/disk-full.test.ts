import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { PersistentBackend } from '../../src/state/persistent-backend.ts';
import { newResource } from '../../src/state/resource.ts';
import { openStore } from '../../src/store/open-store.ts';
import { acceptance, settled } from '../contracts/job-store.ts';
import { requires } from '../harness/requires.ts';
import { tempDir, type TempDir } from '../harness/temp-dir.ts';

const MEBIBYTE = 1024 * 1024;

describe.runIf(requires('root', 'mounts'))('the store on a disk of its own', () => {
  let directory: TempDir;
  let disk: string;

  beforeEach(() => {
    directory = tempDir();
    disk = directory.at('disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]);
  });
  afterEach(async () => {
    execFileSync('umount', [disk]);
    await directory[Symbol.asyncDispose]();
  });

  const fill = (leaveBytes: number): void => {
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(`${disk}/ballast`, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
  };
  const end = { endedAt: Date.now(), expiresAt: Date.now() + 86_400_000, result: `"${'r'.repeat(2000)}"` };

  test.each(['process', 'power'] as const)(
    'rejects writes while it is full, loses none it acknowledged, and goes on when there is space (%s)',
    async (durability) => {
      const acknowledged: string[] = [];
      {
        await using store = await openStore({ directory: disk, durability });
        await store.jobs.accept(acceptance('before'));
        fill(MEBIBYTE);
        const failures: unknown[] = [];
        for (let wave = 0; wave < 100 && failures.length === 0; wave += 1) {
          await Promise.all(
            Array.from({ length: 50 }, async (_, n) => {
              const id = `${wave}.${n}`;
              try {
                await store.jobs.accept(acceptance(id));
                await store.jobs.conclude(`uid-${id}`, settled(end));
                acknowledged.push(id);
              } catch (error) {
                failures.push(error);
              }
            }),
          );
        }
        expect(failures.length).toBeGreaterThan(0);
        for (const failure of failures) expect(failure).toMatchObject({ code: 'store-unavailable' });
        for (const id of acknowledged) expect(await store.jobs.find(id)).toBeDefined();
        expect((await store.jobs.history({ limit: 10 })).jobs).toHaveLength(10);

        rmSync(`${disk}/ballast`);
        await store.jobs.conclude('uid-before', settled(end));
        await store.jobs.accept(acceptance('after'));
        acknowledged.push('before');
      }
      const store = await openStore({ directory: disk, durability });
      for (const id of acknowledged) expect(await store.jobs.find(id)).toBeDefined();
      expect((await store.jobs.open()).unfinished.map(({ id }) => id)).toContain('after');
      await store.close();
      const database = new DatabaseSync(`${disk}/corex.db`);
      expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
      database.close();
    },
  );

  test('refuses changes of resources while it is full, keeps what it answered for, and takes them again after', async () => {
    const kind = { namespace: 'config', type: 'Things' };
    const one = (id: string) => newResource({ ...kind, id, spec: { text: 't'.repeat(5_000) } });
    const written: string[] = [];
    {
      await using store = await openStore({ directory: disk });
      const backend = await PersistentBackend.open({ persistence: store.resources() });
      using watch = backend.watchKind(kind);
      fill(MEBIBYTE / 2);
      let failure: unknown;
      while (failure === undefined) {
        const id = `r${String(written.length).padStart(5, '0')}`;
        try {
          await backend.create(one(id));
          written.push(id);
        } catch (error) {
          failure = error;
        }
      }
      expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringContaining('full') });
      expect((await backend.list(kind)).map(({ metadata }) => metadata.id)).toEqual(written);
      rmSync(`${disk}/ballast`);
      await backend.create(one('s'));
      written.push('s');
      const told: string[] = [];
      while (told.length < written.length) {
        const { value } = await watch.next();
        if (value?.type === 'created') told.push(value.resource.metadata.id);
      }
      expect(told).toEqual(written);
      await backend.close();
    }
    await using store = await openStore({ directory: disk });
    const backend = await PersistentBackend.open({ persistence: store.resources() });
    expect((await backend.list(kind)).map(({ metadata }) => metadata.id)).toEqual(written);
    await backend.close();
  });

  test('closes and opens again while it is full, knowing all that was acknowledged', async () => {
    const store = await openStore({ directory: disk });
    const acknowledged: string[] = [];
    fill(MEBIBYTE);
    try {
      for (let n = 0; ; n += 1) {
        await store.jobs.accept(acceptance(String(n), { command: 'c'.repeat(10_000) }));
        acknowledged.push(String(n));
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'store-unavailable' });
    }
    fill(0);
    await store.close();
    const again = await openStore({ directory: disk }).catch((error: unknown) => error);
    if (again instanceof Error) {
      expect(again).toMatchObject({ code: 'store-unavailable' });
      rmSync(`${disk}/ballast`);
    } else {
      await (again as Awaited<ReturnType<typeof openStore>>).close();
    }
    await using last = await openStore({ directory: disk });
    expect(last.report.quarantined).toBeUndefined();
    expect(await last.jobs.open().then(({ unfinished }) => unfinished.map(({ id }) => id))).toEqual(acknowledged);
  });

  test('says so when the disk is full from the start', async () => {
    fill(0);
    await expect(openStore({ directory: `${disk}/data` })).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('Cannot open the store'),
    });
  });

  test('says so when the disk takes no writes', async () => {
    await (await openStore({ directory: disk })).close();
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    await expect(openStore({ directory: disk })).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/Cannot open the store in ".+": .*(read.?only)/i),
    });
    await expect(openStore({ directory: `${disk}/new` })).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/EROFS/),
    });
  });
});
