import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../test/harness/processes.ts';
import type { TempDir } from '../../test/harness/temp-dir.ts';
import { until } from '../../test/harness/until.ts';
import type { AgentLog } from './agent-log.ts';
import { signalProcess } from '../agent/signal-process.ts';
import { uptimeMs } from './uptime.ts';

const MAIN = path.join(import.meta.dirname, '../../bin/corex.js');
const LISTENS_WITHIN_MS = 30_000;

/** From when to when something was so, by `uptimeMs()`. */
export interface Period {
  readonly from: number;
  /** Infinity while it lasts. */
  to: number;
}

/** One agent directory and, one after the other, the agents that work on it. */
export class SoakAgent implements AsyncDisposable {
  readonly directory: TempDir;
  readonly socketPath: string;
  /** When no agent took commands, or it was held. */
  readonly absences: Period[] = [];
  starts = 0;
  /** From the start of the process until it listened, milliseconds, of each start. */
  readonly startTimes: number[] = [];
  readonly #log: AgentLog;
  #child: ChildProcess | undefined;
  #exit: Promise<unknown> = Promise.resolve();

  constructor(directory: TempDir, log: AgentLog) {
    this.directory = directory;
    this.socketPath = directory.at('s');
    this.#log = log;
    mkdirSync(directory.at('tmp'));
    process.once('exit', this.#killNow);
  }

  /** 0 when none runs. */
  get pid(): number {
    const child = this.#child;
    return child?.exitCode === null && child.signalCode === null ? (child.pid ?? 0) : 0;
  }

  /** The keeper that lives; undefined when there is none. */
  get keeperPid(): number | undefined {
    try {
      const pid = Number.parseInt(readFileSync(this.directory.at('data', 'keeper.pid'), 'utf8'), 10);
      return pid > 0 && isAlive(pid) ? pid : undefined;
    } catch {
      return undefined;
    }
  }

  /** The newest lines of the log. */
  get lastLines(): readonly string[] {
    return this.#log.last;
  }

  /** Starts the next agent and waits until it listens. Rejects when it ends before. */
  async start(): Promise<void> {
    const began = uptimeMs();
    this.starts += 1;
    const listen = ['--listen', `unix:${this.socketPath}`];
    const child = spawn(process.execPath, [MAIN, 'start', '--data-dir', this.directory.at('data'), ...listen], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // A group of its own, so that Ctrl-C reaches only the one who looks after it.
      detached: true,
      cwd: this.directory.path,
      env: { ...plain(process.env), TMPDIR: this.directory.at('tmp'), COREX_RUNTIME_DIR: this.directory.at('run') },
    });
    this.#child = child;
    this.#exit = once(child, 'exit');
    this.#log.follow(child.stderr);
    const mayConnect = (): boolean => {
      if (this.pid === 0) throw new Error(`The agent ended: ${this.#log.last.join('\n')}`);
      return this.#log.isReady;
    };
    await Promise.race([
      until('the agent listens', mayConnect, { withinMs: LISTENS_WITHIN_MS }),
      this.#exit.then(() => Promise.reject(new Error(`The agent ended: ${this.#log.last.join('\n')}`))),
    ]);
    this.startTimes.push(uptimeMs() - began);
    const last = this.absences.at(-1);
    if (last?.to === Infinity) last.to = uptimeMs();
  }

  /** `kill -9`, and waits for the end. */
  async crash(): Promise<void> {
    this.#absent();
    this.#signal('SIGKILL');
    await this.#exit;
  }

  /** Asks it to end and waits for that; false when it had to be killed. */
  async stop(withinMs: number): Promise<boolean> {
    this.#absent();
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), withinMs);
    await this.#exit;
    clearTimeout(timer);
    return this.#child?.signalCode !== 'SIGKILL';
  }

  /** Exit code of the last one that ended. */
  get exitCode(): number | null | undefined {
    return this.#child?.exitCode;
  }

  /** Holds it as a debugger would, and lets it go on. */
  async hold(ms: number, signal: AbortSignal): Promise<void> {
    const period = { from: uptimeMs(), to: Infinity };
    this.absences.push(period);
    this.#signal('SIGSTOP');
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    this.#signal('SIGCONT');
    period.to = uptimeMs();
  }

  /** Ends what is left of agent and keeper. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#killNow();
    await this.#exit;
    process.removeListener('exit', this.#killNow);
  }

  #absent(): void {
    if (this.absences.at(-1)?.to !== Infinity) this.absences.push({ from: uptimeMs(), to: Infinity });
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.pid !== 0) this.#child?.kill(signal);
  }

  readonly #killNow = (): void => {
    this.#signal('SIGKILL');
    const keeper = this.keeperPid;
    if (keeper !== undefined) signalProcess(keeper, 'SIGKILL');
  };
}

/** An environment without what would configure the agent. */
function plain(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^COREX_(?!TEST_RUN)/.test(name) && name !== 'NODE_OPTIONS'),
  );
}
