// Jobs of every kind while agent, keeper, jobs and connections are killed at random:
// `npm run soak -- [--minutes 10] [--seed N] [--lanes 32] [--out FILE]`. Exit code 1 when something was found. The same
// seed sends the same jobs and lets the same blows fall; how they fall together, the machine decides. `--out` puts the
// figures into a file as its section "Soak", such as bench/results.md.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { replaceSection } from './report/section.ts';
import { describeSoak, soakTable } from './soak/report.ts';
import { runSoak } from './soak/run-soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    lanes: { type: 'string' },
    out: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const minutes = Number(values.minutes ?? 10);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

const BUILD = path.join(import.meta.dirname, '../scripts/build.ts');
if (spawnSync(process.execPath, [BUILD, '--if-stale'], { stdio: 'inherit' }).status !== 0) process.exit(1);

process.stdout.write(`seed ${seed}, ${minutes} minutes\n`);
const report = await runSoak({
  seed,
  ms: minutes * 60_000,
  lanes: Number(values.lanes ?? 32),
  signal: stop.signal,
  onProgress: (line) => process.stdout.write(`${line}\n`),
});
process.stdout.write(describeSoak(report));
if (values.out !== undefined) {
  const before = existsSync(values.out) ? readFileSync(values.out, 'utf8') : '';
  writeFileSync(values.out, replaceSection(before, 'Soak', soakTable(report)));
}
process.exitCode = report.findings.length === 0 ? 0 : 1;
