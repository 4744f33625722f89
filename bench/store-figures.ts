import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Stage } from './stage.ts';
import type { BenchRow } from './store.bench.ts';

const SCRIPT = path.join(import.meta.dirname, 'store.bench.ts');
const JOBS = 50_000;

/** The store measured alone, in a process of its own. */
export async function storeFigures(stage: Stage): Promise<BenchRow[]> {
  const args = ['-C', 'corex-source', SCRIPT, String(stage.sized(JOBS, 5000)), '--json'];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: stage.root },
    cwd: stage.root,
    signal: stage.signal,
  });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`The store could not be measured: its process ended with ${String(code)}`);
  return JSON.parse(said) as BenchRow[];
}
