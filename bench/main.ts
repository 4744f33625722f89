// `npm run bench [-- ROW… --quick --out FILE]`: measures everything and writes the report. See docs/benchmarks.md.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PARTS, readOptions, USAGE, type BenchOptions } from './options.ts';
import { profileAll, type ProfileOutcome } from './profile/profile.ts';
import { machineFacts } from './report/machine.ts';
import { figureTable, report } from './report/report.ts';
import { sectionOf } from './report/section.ts';
import { rows } from './rows.ts';
import { runRow, type RowOutcome } from './run-row.ts';
import { openStage, type Stage } from './stage.ts';
import { storeFigures } from './store-figures.ts';
import type { BenchRow } from './store.bench.ts';

const RESULTS = path.join(import.meta.dirname, 'results.md');
const BUILD = path.join(import.meta.dirname, '../scripts/build.ts');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions;
  try {
    options = readOptions(args, [...rows.map(({ name }) => name), ...PARTS], RESULTS);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    return 2;
  }
  if (spawnSync(process.execPath, [BUILD, '--if-stale'], { stdio: 'inherit' }).status !== 0) return 1;
  const abort = new AbortController();
  using stage = openStage(options, abort.signal);
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      abort.abort();
      stage[Symbol.dispose]();
      process.exit(130);
    });
  }
  await measure(options, stage);
  return 0;
}

async function measure(options: BenchOptions, stage: Stage): Promise<void> {
  const date = new Date();
  const began = performance.now();
  const facts = machineFacts(stage.root);
  const wants = (name: string): boolean => options.rows.length === 0 || options.rows.includes(name);
  const outcomes: RowOutcome[] = [];
  for (const row of rows.filter(({ name }) => wants(name))) {
    const outcome = await runRow(row, stage);
    outcomes.push(outcome);
    say(`${row.name}, ${outcome.seconds.toFixed(0)} s\n${figureTable([outcome])}\n${outcome.remarks.join('\n')}`);
  }
  const store: BenchRow[] = wants('store') ? await storeFigures(stage) : [];
  const profiles: ProfileOutcome[] = wants('profile') ? await profileAll(stage) : [];
  const minutes = (performance.now() - began) / 60_000;
  const text = report({
    facts,
    date,
    minutes,
    quick: stage.quick,
    nodeFlags: stage.nodeFlags,
    rows: outcomes,
    store,
    profiles,
  });
  say(text);
  if (options.out !== undefined) writeFileSync(options.out, withSoak(text, options.out));
}

/** The figures of the soak are put there by itself: a fresh report keeps them. */
function withSoak(text: string, file: string): string {
  const before = existsSync(file) ? sectionOf(readFileSync(file, 'utf8'), 'Soak') : undefined;
  return before === undefined ? text : `${text.trimEnd()}\n\n${before}`;
}

function say(text: string): void {
  process.stdout.write(`${text.trimEnd()}\n\n`);
}
