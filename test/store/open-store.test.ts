import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { once } from 'node:events';

import { describe, expect, test } from 'vitest';

import { openStore, type Store } from '../../src/store/open-store.ts';
import { acceptance, settled } from '../contracts/job-store.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import { tempDir } from '../harness/temp-dir.ts';

const END = { endedAt: Date.now(), expiresAt: Date.now() + 86_400_000 };

async function finish(store: Store, id: string): Promise<void> {
  await store.jobs.accept(acceptance(id));
  await store.jobs.conclude(`uid-${id}`, settled(END));
}

function corrupted(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.includes('.corrupt-'));
}

describe('openStore()', () => {
  test('keeps the directory and the file to their owner', async () => {
    await using directory = tempDir();
    const data = directory.at('a', 'data');
    await using store = await openStore({ directory: data });
    await finish(store, 'a');
    expect(statSync(data).mode & 0o777).toBe(0o700);
    expect(readdirSync(data).sort()).toEqual(['corex.db', 'corex.db-wal']);
    for (const name of readdirSync(data)) expect(statSync(path.join(data, name)).mode & 0o777).toBe(0o600);
    expect(store.report).toMatchObject({ file: path.join(data, 'corex.db'), schemaBefore: 0, schema: 4 });
  });

  test('closes an own directory to others, and leaves another’s mode alone', async () => {
    await using directory = tempDir();
    const own = directory.at('own');
    const other = directory.at('other');
    for (const data of [own, other]) mkdirSync(data, { mode: 0o755 });
    writeFileSync(path.join(other, 'something'), '');
    for (const data of [own, other]) await (await openStore({ directory: data })).close();
    expect([own, other].map((data) => statSync(data).mode & 0o777)).toEqual([0o700, 0o755]);
  });

  test('leaves one file when it is closed', async () => {
    await using directory = tempDir();
    const store = await openStore({ directory: directory.path });
    await finish(store, 'a');
    await store.close();
    await store.close();
    expect(readdirSync(directory.path)).toEqual(['corex.db']);
    await expect(store.jobs.find('a')).rejects.toMatchObject({ code: 'store-unavailable' });
  });

  test('works in memory, leaving nothing', async () => {
    const store = await openStore({ directory: undefined });
    await finish(store, 'a');
    expect(await store.jobs.find('a')).toBeDefined();
    expect(store.report.file).toBeUndefined();
    const folder = path.dirname(store.outputs.directory('x'));
    expect(existsSync(folder)).toBe(true);
    await store.close();
    expect(existsSync(folder)).toBe(false);
  });

  test.each(['process', 'power'] as const)('commits with durability %s', async (durability) => {
    await using directory = tempDir();
    await using store = await openStore({ directory: directory.path, durability });
    await finish(store, 'a');
    expect(store.counters).toMatchObject({ finished: 1, failures: 0 });
  });

  describe('a second agent', () => {
    test('in this process is refused, and the first keeps its lock', async () => {
      await using directory = tempDir();
      await using first = await openStore({ directory: directory.path });
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await expect(openStore({ directory: directory.path })).rejects.toMatchObject({
          code: 'store-unavailable',
          message: `Cannot open the store in "${directory.path}": another agent is using this directory`,
        });
      }
      await finish(first, 'a');
    });

    test('in another process is refused with the first one’s pid', async () => {
      await using directory = tempDir();
      await using first = await openStore({ directory: directory.path });
      writeFileSync(directory.at('agent.pid'), `${process.pid}\n`);
      const program = `import { openStore } from ${JSON.stringify(path.join(import.meta.dirname, '../../src/store/open-store.ts'))};
        await openStore({ directory: process.argv[1] }).catch((error) => console.log(error.message));`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', program, directory.path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await once(child, 'close');
      expect(output).toBe(
        `Cannot open the store in "${directory.path}": another agent (pid ${process.pid}) is using this directory\n`,
      );
      await finish(first, 'a');
    });

    test('at the same moment: one gets the directory, also when the file is damaged', async () => {
      await using directory = tempDir();
      for (const content of ['', 'garbage'.repeat(1000)]) {
        const data = directory.at(`data${content.length}`);
        mkdirSync(data);
        writeFileSync(path.join(data, 'corex.db'), content);
        const opened = await Promise.allSettled(Array.from({ length: 4 }, () => openStore({ directory: data })));
        const stores = opened.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
        expect(stores).toHaveLength(1);
        for (const store of stores) {
          await finish(store, 'a');
          await store.close();
        }
        await using again = await openStore({ directory: data });
        expect(await again.jobs.find('a')).toBeDefined();
      }
    });

    test('gets the directory when the first has closed', async () => {
      await using directory = tempDir();
      const first = await openStore({ directory: directory.path });
      await finish(first, 'a');
      await first.close();
      await using second = await openStore({ directory: directory.path });
      expect(await second.jobs.find('a')).toBeDefined();
    });
  });

  describe('a file it can not use', () => {
    test('of a newer corex is refused and left alone', async () => {
      await using directory = tempDir();
      await (await openStore({ directory: directory.path })).close();
      const database = new DatabaseSync(directory.at('corex.db'));
      database.exec('PRAGMA user_version = 1000');
      database.close();
      await expect(openStore({ directory: directory.path })).rejects.toMatchObject({
        code: 'store-unavailable',
        message: `Cannot open the store: its tables have version 1000, this corex knows versions up to ${String(MIGRATIONS.length)}`,
      });
      const after = new DatabaseSync(directory.at('corex.db'));
      expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1000 });
      after.close();
      expect(corrupted(directory.path)).toEqual([]);
    });

    test('of another program is refused and left alone', async () => {
      await using directory = tempDir();
      const database = new DatabaseSync(directory.at('corex.db'));
      database.exec('CREATE TABLE theirs (v); PRAGMA user_version = 1');
      database.close();
      await expect(openStore({ directory: directory.path })).rejects.toThrow('a database of another program');
      expect(corrupted(directory.path)).toEqual([]);
    });

    test('because its place is no directory is named', async () => {
      await using directory = tempDir();
      writeFileSync(directory.at('file'), '');
      await expect(openStore({ directory: directory.at('file') })).rejects.toMatchObject({
        code: 'store-unavailable',
        message: expect.stringContaining(`Cannot open the store in "${directory.at('file')}"`),
      });
    });
  });

  describe('a damaged file', () => {
    const stamp = '2001-09-09T01-46-40-000Z';

    test('of garbage is set aside with what belongs to it, and a fresh one begun', async () => {
      await using directory = tempDir();
      writeFileSync(directory.at('corex.db'), Buffer.alloc(100_000, 'garbage'));
      mkdirSync(directory.at('output', 'uid-a'), { recursive: true });
      await using store = await openStore({ directory: directory.path, clock: new FakeClock() });
      expect(store.report.quarantined).toEqual({
        files: [`corex.db.corrupt-${stamp}`, `corex.db.corrupt-${stamp}-output`].map((name) => directory.at(name)),
        reason: expect.stringContaining('not a database'),
      });
      expect(existsSync(directory.at(`corex.db.corrupt-${stamp}-output`, 'uid-a'))).toBe(true);
      expect(readFileSync(directory.at(`corex.db.corrupt-${stamp}`), 'latin1').slice(0, 7)).toBe('garbage');
      expect(await store.jobs.open()).toEqual({ generation: 1, unfinished: [], queues: [] });
      await finish(store, 'a');
    });

    test('cut in half is set aside', async () => {
      await using directory = tempDir();
      const store = await openStore({ directory: directory.path });
      await Promise.all(Array.from({ length: 500 }, (_, n) => finish(store, String(n))));
      await store.close();
      truncateSync(directory.at('corex.db'), Math.floor(statSync(directory.at('corex.db')).size / 8192) * 4096);
      await using again = await openStore({ directory: directory.path });
      expect(again.report.quarantined?.reason).toContain('malformed');
      await finish(again, 'a');
    });

    test('whose damage shows only later fails what touches it, and is set aside at the next start', async () => {
      await using directory = tempDir();
      const store = await openStore({ directory: directory.path });
      await Promise.all(Array.from({ length: 2000 }, (_, n) => finish(store, String(n))));
      await store.close();
      const file = directory.at('corex.db');
      const bytes = readFileSync(file);
      // Early pages of the rows: the newest, which are read at the start, are sound.
      const pages = new DatabaseSync(file);
      const damaged = pages
        .prepare(`SELECT pageno FROM dbstat WHERE name = 'results' AND pagetype = 'leaf' ORDER BY pageno LIMIT 20`)
        .all();
      pages.close();
      for (const { pageno } of damaged) bytes.fill(0x5a, (Number(pageno) - 1) * 4096, Number(pageno) * 4096);
      writeFileSync(file, bytes);

      const troubles: unknown[] = [];
      const limping = await openStore({ directory: directory.path, onTrouble: (trouble) => troubles.push(trouble) });
      expect(limping.report.quarantined).toBeUndefined();
      const found = await Promise.allSettled(Array.from({ length: 2000 }, (_, n) => limping.jobs.find(String(n))));
      const failed = found.filter((answer) => answer.status === 'rejected');
      expect(failed.length).toBeGreaterThan(0);
      for (const { reason } of failed) expect(reason).toMatchObject({ code: 'store-unavailable' });
      expect(troubles).toContainEqual({ type: 'damaged', message: expect.any(String) });
      await limping.close();
      expect(existsSync(directory.at('corex.db.damaged'))).toBe(true);

      await using fresh = await openStore({ directory: directory.path });
      expect(fresh.report.quarantined).toBeDefined();
      expect(existsSync(directory.at('corex.db.damaged'))).toBe(false);
      await finish(fresh, 'a');
    });

    test('that turns out to be sound is kept', async () => {
      await using directory = tempDir();
      const store = await openStore({ directory: directory.path });
      await finish(store, 'a');
      await store.close();
      writeFileSync(directory.at('corex.db.damaged'), '');
      await using again = await openStore({ directory: directory.path });
      expect(again.report.quarantined).toBeUndefined();
      expect(await again.jobs.find('a')).toBeDefined();
      expect(existsSync(directory.at('corex.db.damaged'))).toBe(false);
    });
  });
});
