import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Stage } from '../stage.ts';

const SOURCE = path.join(import.meta.dirname, 'spawn-loop.c');
const PROGRAM = '/bin/true';
const COMPILERS = ['cc', 'gcc', 'clang'];

/** What the loop measured: children per second, and milliseconds from spawn to wait. */
export interface SpawnLoopFigures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export interface SpawnLoopOptions {
  readonly seconds: number;
  readonly inFlight: number;
  /** Rest before each child. @default 0 */
  readonly pauseMs?: number;
}

/** Runs the loop in a process of its own. */
export type SpawnLoop = (options: SpawnLoopOptions) => Promise<SpawnLoopFigures>;

/** The loop, compiled; undefined on a machine without a C compiler. */
export function spawnLoop(stage: Stage): SpawnLoop | undefined {
  const program = path.join(stage.root, 'spawn-loop');
  if (!existsSync(program) && !COMPILERS.some((compiler) => compile(compiler, program))) return undefined;
  return async ({ seconds, inFlight, pauseMs = 0 }) => {
    const args = [seconds, inFlight, pauseMs * 1000].map(String);
    const { stdout } = await promisify(execFile)(program, [...args, PROGRAM], { signal: stage.signal });
    return JSON.parse(stdout) as SpawnLoopFigures;
  };
}

/** What to say where the loop is missing. */
export const NO_SPAWN_LOOP = 'No C compiler (cc, gcc, clang) on this machine: the bare spawn loop is missing.';

function compile(compiler: string, program: string): boolean {
  try {
    execFileSync(compiler, ['-O2', '-o', program, SOURCE], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
