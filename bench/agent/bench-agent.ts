import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, closeSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../test/harness/processes.ts';
import { until } from '../../test/harness/until.ts';
import type { ResultFrame } from '../../src/protocol/frames.ts';
import type { Stage } from '../stage.ts';
import { Connection } from './connection.ts';
import { signalProcess } from './signal-process.ts';

const EXECUTABLE = path.join(import.meta.dirname, '../../bin/corex.js');
const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 20_000;
const KEEPER_STOPS_WITHIN_MS = 3000;

export interface BenchAgentOptions {
  /** A directory another agent used before. @default a fresh one */
  readonly dataDir?: string;
  /** `COREX_*` variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node, beside those of the stage. */
  readonly nodeFlags?: readonly string[];
}

/** The built agent in a process of its own, on a unix socket in the stage. */
export class BenchAgent implements AsyncDisposable {
  readonly dataDir: string;
  readonly socketPath: string;
  /** From the start of the process until it took the first connection. */
  readonly startedInMs: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, dataDir: string, socketPath: string, startedInMs: number) {
    this.#child = child;
    this.dataDir = dataDir;
    this.socketPath = socketPath;
    this.startedInMs = startedInMs;
  }

  static async start(stage: Stage, options: BenchAgentOptions = {}): Promise<BenchAgent> {
    const { dataDir = stage.fresh('agent'), env = {}, nodeFlags = [] } = options;
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const socketPath = `${dataDir}.sock`;
    const log = openSync(`${dataDir}.log`, 'a');
    const args = [
      ...stage.nodeFlags,
      ...nodeFlags,
      EXECUTABLE,
      'start',
      '--data-dir',
      dataDir,
      '--listen',
      `unix:${socketPath}`,
    ];
    const began = performance.now();
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', log],
      // A keeper's socket is in the stage, too, and the path is short enough for one.
      env: { ...plainEnvironment(), COREX_RUNTIME_DIR: `${dataDir}.run`, ...env },
      cwd: stage.root,
    });
    closeSync(log);
    const connection = await firstConnection(child, socketPath, `${dataDir}.log`);
    connection[Symbol.dispose]();
    return new BenchAgent(child, dataDir, socketPath, performance.now() - began);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Undefined when it has none. */
  get keeperPid(): number | undefined {
    const pid = readPid(path.join(this.dataDir, 'keeper.pid'));
    return pid !== undefined && isAlive(pid) ? pid : undefined;
  }

  /** The processes that make the agent: itself, and its keeper where it has one. */
  get pids(): number[] {
    const { keeperPid } = this;
    return [this.pid, ...(keeperPid === undefined ? [] : [keeperPid])];
  }

  async connect(): Promise<Connection> {
    return Connection.open(this.socketPath);
  }

  /** Calls a built-in on a connection of its own. */
  async call(command: string, args?: object): Promise<unknown> {
    using connection = await this.connect();
    const { promise, resolve, reject } = Promise.withResolvers<ResultFrame>();
    connection.onClose = () => reject(new Error('The connection was lost'));
    connection.onFrame = (frame) => {
      if (frame.type === 'result') resolve(frame);
    };
    connection.send({ command, ...(args === undefined ? {} : { arguments: args }) });
    const result = await promise;
    if (result.state !== 'SUCCESS') throw new Error(`${command}: ${result.error?.message ?? result.state}`);
    return JSON.parse(result.data);
  }

  /** Sends a signal to the agent alone and waits for its end; one that is slow to end is killed. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await gone;
    clearTimeout(timer);
  }

  /** Ends the jobs, then the agent, then its keeper, which would wait for another agent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endJobs().catch(() => undefined);
    await this.end('SIGTERM');
    await this.#endKeeper();
  }

  /** What ends while no agent is there, a keeper would keep for the next one. */
  async #endJobs(): Promise<void> {
    await this.call('job.killall', {});
    const hasNone = async (): Promise<boolean> => {
      const { jobs } = (await this.call('core.state')) as { readonly jobs: { readonly live: number } };
      return jobs.live === 0;
    };
    await until('all jobs have ended', hasNone, { withinMs: STOP_WITHIN_MS, everyMs: 20 });
  }

  /** Asks it first: a process that is killed leaves no profile. */
  async #endKeeper(): Promise<void> {
    const { keeperPid } = this;
    if (keeperPid === undefined) return;
    const isGone = (): boolean => !isAlive(keeperPid) || !signalProcess(keeperPid, 'SIGTERM');
    await until('the keeper has ended', isGone, { withinMs: KEEPER_STOPS_WITHIN_MS, everyMs: 100 }).catch(() => {
      signalProcess(keeperPid, 'SIGKILL');
    });
  }
}

/** Our environment without what would configure the agent. */
export function plainEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('COREX_') && name !== 'NODE_OPTIONS');
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}

async function firstConnection(child: ChildProcess, socketPath: string, log: string): Promise<Connection> {
  const deadline = performance.now() + START_WITHIN_MS;
  for (;;) {
    try {
      return await Connection.open(socketPath);
    } catch (error) {
      if (child.exitCode !== null)
        throw new Error(`The agent ended: ${readFileSync(log, 'utf8').slice(-2000)}`, { cause: error });
      if (performance.now() > deadline) throw new Error('The agent does not listen', { cause: error });
    }
    await sleep(3);
  }
}

function readPid(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10);
  } catch {
    return undefined;
  }
}
