// `npm run ok`: every check but the tests, two at a time, each told with its time; all of them run even if one fails.
import { spawn } from 'node:child_process';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const AT_ONCE = 2;

// The slow ones first, so that the others fill the second place.
const checks = ['lint', 'types', 'dead-code', 'format', 'package', 'layers', 'docs'];

interface Outcome {
  readonly check: string;
  readonly passed: boolean;
}

const waiting = [...checks];
const outcomes = (await Promise.all(Array.from({ length: AT_ONCE }, runWaiting))).flat();
const failed = outcomes.filter(({ passed }) => !passed).map(({ check }) => `ok:${check}`);

if (failed.length > 0) {
  process.stdout.write(`Not ok: ${failed.join(', ')}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write('All ok\n');
}

async function runWaiting(): Promise<Outcome[]> {
  const finished: Outcome[] = [];
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) finished.push(await run(check));
  return finished;
}

async function run(check: string): Promise<Outcome> {
  const start = performance.now();
  const child = spawn('npm', ['run', '--silent', `ok:${check}`], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => said.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => said.push(bytes));
  const passed = await new Promise<boolean>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code === 0);
    });
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${check.padEnd(10)} ${seconds.padStart(5)} s\n`);
  if (!passed) process.stdout.write(Buffer.concat(said));
  return { check, passed };
}
