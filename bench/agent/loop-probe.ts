import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { until } from '../../test/harness/until.ts';
import type { Stage } from '../stage.ts';

/** How long a process's event loop was held up, milliseconds. */
export interface LoopDelay {
  readonly max: number;
  readonly p99: number;
}

const PROBE = path.join(import.meta.dirname, 'probe.ts');
const PATIENCE_MS = 10_000;

/** Measures the event loops of an agent that is started with its flags, and of its keeper. */
export class LoopProbe {
  readonly #directory: string;
  /** Flags for the agent's Node. */
  readonly nodeFlags: readonly string[];

  /** `ballastMb`: memory the agent is to hold, MiB. */
  constructor(stage: Stage, ballastMb = 0) {
    this.#directory = stage.fresh('probe');
    mkdirSync(this.#directory);
    const url = pathToFileURL(PROBE);
    url.searchParams.set('dir', this.#directory);
    url.searchParams.set('ballast', String(ballastMb));
    this.nodeFlags = ['--import', url.href];
  }

  /** What was measured of a process since the last call; undefined when it has no probe. */
  async read(pid: number): Promise<LoopDelay | undefined> {
    if (!existsSync(path.join(this.#directory, `probe-${pid}`))) return undefined;
    const file = path.join(this.#directory, `loop-${pid}.json`);
    rmSync(file, { force: true });
    process.kill(pid, 'SIGUSR2');
    const text = await until('the probe answers', () => readFileSync(file, 'utf8'), { withinMs: PATIENCE_MS });
    return JSON.parse(text) as LoopDelay;
  }
}
