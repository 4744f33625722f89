import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { describe, expect, test } from 'vitest';

import { openStore } from '../../src/store/open-store.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

const ROUNDS = Number(process.env['COREX_KILL_ROUNDS'] ?? 12);
const writeJobs = path.join(import.meta.dirname, '../fixtures/programs/write-jobs.ts');

interface Acknowledged {
  readonly accepted: readonly string[];
  readonly settled: readonly string[];
}

/** Starts a writer and kills it: `ms` after its start (it may be opening still), or after its first acknowledgement. */
async function writeUntilKilled(
  directory: string,
  durability: string,
  from: 'start' | 'first',
  ms: number,
): Promise<Acknowledged> {
  const said = path.join(directory, `said-${randomUUID()}`);
  const fd = openSync(said, 'a');
  const child = spawn(process.execPath, [writeJobs, directory, durability], { stdio: ['ignore', fd, 'inherit'] });
  closeSync(fd);
  const closed = once(child, 'close');
  if (from === 'first') await until('the writer has written', () => statSync(said).size > 0 || child.exitCode !== null);
  await sleep(ms);
  child.kill('SIGKILL');
  await closed;
  expect(child.signalCode).toBe('SIGKILL');
  const output = readFileSync(said, 'utf8');
  const lines = output.slice(0, output.lastIndexOf('\n') + 1).split('\n');
  const idsOf = (letter: string): string[] =>
    lines.filter((line) => line.startsWith(letter)).map((line) => line.slice(2));
  return { accepted: idsOf('A'), settled: idsOf('C') };
}

describe('a writer that is killed at any moment', () => {
  test(
    'has kept every write it acknowledged, in a sound file',
    async () => {
      await using directory = tempDir();
      const accepted: string[] = [];
      const settled: string[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const from = round % 5 === 4 ? 'start' : 'first';
        const seen = await writeUntilKilled(
          directory.path,
          round % 3 === 2 ? 'power' : 'process',
          from,
          Math.random() * 300,
        );
        accepted.push(...seen.accepted);
        settled.push(...seen.settled);

        await using store = await openStore({ directory: directory.path });
        expect(store.report.quarantined).toBeUndefined();
        const { unfinished } = await store.jobs.open();
        const live = new Set(unfinished.map(({ id }) => id));
        const isKept = await Promise.all(
          seen.accepted.map(async (id) => live.has(id) || (await store.jobs.find(id)) !== undefined),
        );
        expect(seen.accepted.filter((_, index) => !isKept[index])).toEqual([]);
        const results = await Promise.all(seen.settled.map((id) => store.jobs.find(id)));
        expect(seen.settled.filter((_, index) => results[index] === undefined)).toEqual([]);
      }
      expect(accepted.length).toBeGreaterThan(ROUNDS);

      await using store = await openStore({ directory: directory.path });
      const live = new Set((await store.jobs.open()).unfinished.map(({ id }) => id));
      const results = await Promise.all(
        accepted.map(async (id) => live.has(id) || (await store.jobs.find(id)) !== undefined),
      );
      expect(results.filter((isKept) => !isKept)).toEqual([]);
      await store.close();
      const database = new DatabaseSync(directory.at('corex.db'));
      expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
      database.close();
    },
    ROUNDS * 10_000,
  );
});
