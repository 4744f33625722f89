// What the store costs: writes per second in both durabilities, and opening, pages and look-ups with 100,000 settled
// jobs. `node bench/store.bench.ts [jobs [--json]]`
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import type { HistoryQuery, JobStore } from '../src/engine/job-store.ts';
import { openStore } from '../src/store/open-store.ts';

export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly note: string;
}

const NAMES = ['core.system', 'git.fetch', 'build', 'rare.command'];
const STATES = ['SUCCESS', 'ERROR', 'TIMEOUT', 'KILLED'] as const;
const COMMAND = JSON.stringify({ command: 'core.system', arguments: { name: 'true', args: ['a'], env: { A: 'b' } } });
const RESULT = JSON.stringify({
  id: 'x'.repeat(36),
  command: 'core.system',
  data: '',
  streams: ['hello world\n'.repeat(10), ''],
  level: 0,
  state: 'SUCCESS',
  code: 0,
  starttime: 1,
  time: 3,
  tags: [],
  container: 0,
  reason: 'exited',
  exit: { code: 0 },
  runs: 1,
  output: { bytes: 120, dropped: 0 },
  output_open: false,
  cleanup: 'group',
  survivors: [],
});
const OUTPUT = Buffer.alloc(160, 'o');
const PAGE = 100;

const QUERIES: Readonly<Record<string, Partial<HistoryQuery>>> = {
  newest: {},
  'rare command': { command: 'rare.command' },
  'no such command': { command: 'none' },
  'state and command': { states: ['KILLED'], command: 'build' },
  'common tag': { tags: ['all'] },
  'common tag, rare state': { tags: ['all'], states: ['TIMEOUT'] },
  'two tags': { tags: ['all', 'rare'] },
  'two tags that never meet': { tags: ['all', 'none'] },
  'last tenth, nothing fits': { since: 90_000, queue: 'none' },
};

/** Settles `count` jobs through the port, `inFlight` at a time; answers jobs per second. */
async function settleJobs(jobs: JobStore, count: number, inFlight: number, first = 0): Promise<number> {
  let next = first;
  const work = async (): Promise<void> => {
    while (next < first + count) {
      const n = next;
      next += 1;
      const uid = crypto.randomUUID();
      const rare = n % 5000 === 0;
      await jobs.accept({
        uid,
        id: `job-${n}`,
        hash: uid,
        command: COMMAND,
        name: rare ? 'rare.command' : (NAMES[n % 3] ?? ''),
        tags: n % 2 === 0 ? [] : rare ? ['all', 'rare'] : ['all'],
        queue: n % 4 === 0 ? 'q' : undefined,
        priority: 0,
        acceptedAt: n,
        protected: false,
        raw: false,
        title: 'true',
        intent: { run: 1, place: 'keeper', epoch: 'epoch' },
      });
      await jobs.conclude(uid, {
        type: 'settled',
        output: OUTPUT,
        result: RESULT,
        state: STATES[n % 1000 < 4 ? n % 4 : 0] ?? 'SUCCESS',
        code: 0,
        reason: 'exited',
        runs: 1,
        startedAt: n,
        endedAt: n,
        expiresAt: Number.MAX_SAFE_INTEGER,
        outputEnd: 120,
      });
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: inFlight }, work));
  return (count / (performance.now() - began)) * 1000;
}

/** The bare figure: the same rows into one table by one thread, 512 writes a transaction. Jobs per second. */
function settleBare(file: string, count: number): number {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE jobs (job INTEGER PRIMARY KEY, uid TEXT UNIQUE, id TEXT UNIQUE, command TEXT, result TEXT) STRICT`);
  const insert = database.prepare('INSERT INTO jobs (uid, id, command) VALUES (?, ?, ?)');
  const update = database.prepare('UPDATE jobs SET result = ? WHERE uid = ?');
  const began = performance.now();
  for (let n = 0; n < count; n += 256) {
    database.exec('BEGIN');
    const uids = Array.from({ length: 256 }, () => crypto.randomUUID());
    for (const [index, uid] of uids.entries()) insert.run(uid, `job-${n + index}`, COMMAND);
    for (const uid of uids) update.run(RESULT, uid);
    database.exec('COMMIT');
  }
  const perSecond = (count / (performance.now() - began)) * 1000;
  database.close();
  return perSecond;
}

async function timesOf(count: number, run: (n: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const began = performance.now();
    await run(n);
    times.push(performance.now() - began);
  }
  return times.toSorted((one, other) => one - other);
}

const median = (times: readonly number[]): number => times[Math.floor(times.length / 2)] ?? Number.NaN;

/** Measures everything in a temporary directory. */
export async function benchStore(count = 100_000): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const add = (name: string, value: number, unit: string, note = ''): number => rows.push({ name, value, unit, note });
  const directory = mkdtempSync(path.join(tmpdir(), 'corex-bench-'));
  try {
    const some = Math.max(1000, Math.floor(count / 5));
    const bare = settleBare(path.join(directory, 'bare.db'), some);
    add('store, bare SQLite', bare, 'jobs/s', 'one table, one thread, 512 writes a transaction');
    for (const durability of ['process', 'power'] as const) {
      for (const inFlight of [16, 256]) {
        const store = await openStore({ directory: path.join(directory, `${durability}-${inFlight}`), durability });
        const perSecond = await settleJobs(store.jobs, some, inFlight);
        const note = `${(perSecond / bare).toFixed(2)} × bare, ${store.counters.commits} commits`;
        add(`store, ${durability}, ${inFlight} in flight`, perSecond, 'jobs/s', note);
        await store.close();
      }
    }
    await benchHistory(path.join(directory, 'history'), count, add);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return rows;
}

async function benchHistory(
  directory: string,
  count: number,
  add: (name: string, value: number, unit: string, note?: string) => void,
): Promise<void> {
  const filled = await openStore({ directory, history: { maxJobs: count } });
  add('store, growing', await settleJobs(filled.jobs, count, 256), 'jobs/s', `up to ${count} settled jobs`);
  await filled.close();
  add('store, file', statSync(path.join(directory, 'corex.db')).size / 1e6, 'MB', `${count} settled jobs`);

  const opening = await timesOf(5, async () => {
    const store = await openStore({ directory, history: { maxJobs: count } });
    await store.jobs.open();
    await store.close();
  });
  add('store, open and close', median(opening), 'ms', `worst ${opening.at(-1)?.toFixed(1)} ms`);

  const store = await openStore({ directory, history: { maxJobs: count } });
  for (const [name, query] of Object.entries(QUERIES)) {
    const times = await timesOf(15, () => store.jobs.history({ limit: PAGE, ...query }));
    add(`store, page: ${name}`, median(times), 'ms', `worst ${times.at(-1)?.toFixed(1)} ms`);
  }
  const found = await timesOf(2000, (n) => store.jobs.find(`job-${(n * 7919) % count}`));
  add('store, find', median(found), 'ms', `worst of 2000 ${found.at(-1)?.toFixed(1)} ms`);
  await store.close();

  const shrinking = await openStore({ directory, history: { maxJobs: Math.floor(count / 2) } });
  let isOver = false;
  const began = performance.now();
  const sweep = shrinking.sweep().then(() => {
    isOver = true;
    return performance.now() - began;
  });
  const during: number[] = [];
  while (!isOver) during.push(...(await timesOf(1, () => shrinking.jobs.find(`job-${count - 1}`))));
  during.sort((one, other) => one - other);
  const note = `worst ${during.at(-1)?.toFixed(1)} ms; ${Math.ceil(count / 2)} jobs removed in ${Math.round(await sweep)} ms`;
  add('store, find while jobs are removed', median(during), 'ms', note);
  await shrinking.close();
}

if (import.meta.main) {
  const rows = await benchStore(Number(process.argv[2] ?? 100_000));
  if (process.argv[3] === '--json') process.stdout.write(JSON.stringify(rows));
  else for (const row of rows) process.stdout.write(`${lineOf(row)}\n`);
}

function lineOf({ name, value, unit, note }: BenchRow): string {
  return `${name.padEnd(44)} ${value.toFixed(value < 100 ? 2 : 0).padStart(9)} ${unit.padEnd(7)} ${note}`;
}
