// Where everything is measured: one temporary directory, and everything that was started, so that it can be ended.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { processesOfTestRun } from '../test/harness/leftovers.ts';

/** What rows are given. */
export interface Stage {
  /** Removed at the end. Whatever works in it, or names it in its command line, is ended at the end. */
  readonly root: string;
  /** Tiny sizes: to see that everything works, not to measure. */
  readonly quick: boolean;
  /** Flags of Node for every agent. */
  readonly nodeFlags: readonly string[];
  /** Aborts when the benchmark is to end. */
  readonly signal: AbortSignal;
  /** A fresh path inside. */
  fresh(name: string): string;
  /** The full size, or about a tenth of it when quick. */
  sized(full: number, quick?: number): number;
}

/** A stage, and what clears it away. */
export interface OwnedStage extends Stage, Disposable {}

export function openStage({ quick, nodeFlags }: Pick<Stage, 'quick' | 'nodeFlags'>, signal: AbortSignal): OwnedStage {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'corex-bench-')));
  let count = 0;
  return {
    root,
    quick,
    nodeFlags,
    signal,
    fresh: (name) => path.join(root, `${name}-${(count += 1)}`),
    sized: (full, small = Math.max(1, Math.round(full / 10))) => (quick ? small : full),
    [Symbol.dispose]: () => clearAway(root),
  };
}

/** What ends may just have started something, so it looks until nothing is left. */
function clearAway(root: string): void {
  for (let round = 0; round < 100; round += 1) {
    const left = processesOfTestRun(root, root);
    if (left.length === 0) break;
    for (const pid of left) end(pid);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
