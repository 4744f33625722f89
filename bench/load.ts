// Thousands of jobs of all kinds over many connections that are cut again and again, with kills and cancels:
// `node -C corex-source bench/load.ts [--commands 5000] [--connections 50] [--rounds 3] [--seed N]`. Every command must
// get exactly one result, and the agent must be after each round what it was after the first. Exit code 1 otherwise.
import { parseArgs } from 'node:util';
import { describeFinding } from './fuzz/findings.ts';
import { runLoad } from './load/run-load.ts';

const { values } = parseArgs({
  options: {
    commands: { type: 'string' },
    connections: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

process.stdout.write(`seed ${seed}\n`);
const findings = await runLoad({
  seed,
  commands: Number(values.commands ?? 5000),
  connections: Number(values.connections ?? 50),
  rounds: Number(values.rounds ?? 3),
  inFlight: 6,
  signal: stop.signal,
  onRound: ({ results, cuts, tookMs, complaints }, { rss, files, live }) => {
    const took = `${results} results in ${(tookMs / 1000).toFixed(1)} s, ${cuts} connections cut`;
    const left = `${(rss / 1024 / 1024).toFixed(1)} MiB, ${files} files, ${live} live jobs`;
    process.stdout.write(`${took}, ${complaints.length} complaints; at rest ${left}\n`);
  },
});
for (const finding of findings) process.stdout.write(`FINDING: ${describeFinding(finding)}\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
