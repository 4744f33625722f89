// Random frames and bytes against an agent: `npm run fuzz -- [--minutes 10] [--seed N] [--lanes 6]`. Exit code 1 when
// something was found. The same seed does the same, as far as the machine's timing lets it.
import { parseArgs } from 'node:util';
import { describeReport } from './fuzz/report.ts';
import { runFuzz } from './fuzz/run-fuzz.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string' }, seed: { type: 'string' }, lanes: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const minutes = Number(values.minutes ?? 10);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

process.stdout.write(`seed ${seed}, ${minutes} minutes\n`);
const report = await runFuzz({ seed, ms: minutes * 60_000, lanes: Number(values.lanes ?? 6), signal: stop.signal });
process.stdout.write(describeReport(report, seed));
process.exitCode = report.findings.length === 0 ? 0 : 1;
