import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { allProcesses, environmentOf, openFilesOf } from '../../test/harness/processes.ts';
import { tempDir, type TempDir } from '../../test/harness/temp-dir.ts';
import { until } from '../../test/harness/until.ts';
import type { Findings } from './findings.ts';
import { LogWatch } from './log-watch.ts';

const MAIN = path.join(import.meta.dirname, '../../bin/corex.js');

export interface AgentSettings {
  /** Variables, as `COREX_JOBS_MAX`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Flags for its Node. */
  readonly nodeFlags?: readonly string[];
}

export interface AgentEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/**
 * An agent in a process of its own, on a temporary directory, with a unix socket and a port of 127.0.0.1. Its jobs'
 * environment names that directory, by which they are found wherever they went.
 */
export class AgentUnderTest implements AsyncDisposable {
  readonly directory: TempDir;
  readonly child: ChildProcess;
  readonly log: LogWatch;
  readonly ended: Promise<AgentEnd>;
  #end: AgentEnd | undefined;

  private constructor(directory: TempDir, findings: Findings, { settings = {}, nodeFlags = [] }: AgentSettings) {
    this.directory = directory;
    mkdirSync(directory.at('tmp'));
    const listen = ['--listen', `unix:${directory.at('s')}`, '--listen', 'ws://127.0.0.1:0'];
    // A group of its own, so that Ctrl-C reaches only the one who looks after it.
    this.child = spawn(process.execPath, [...nodeFlags, MAIN, 'start', '--data-dir', directory.at('data'), ...listen], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      cwd: directory.path,
      env: { ...process.env, ...settings, TMPDIR: directory.at('tmp') },
    });
    this.log = new LogWatch(this.child.stderr!, findings);
    this.ended = once(this.child, 'exit').then(([code, signal]) => {
      this.#end = { code: code as number | null, signal: signal as string | null };
      return this.#end;
    });
    process.once('exit', this.#killNow);
  }

  /** Starts the built program. */
  static async start(findings: Findings, settings: AgentSettings = {}): Promise<AgentUnderTest> {
    const agent = new AgentUnderTest(tempDir(), findings, settings);
    try {
      await until('the agent listens', () => agent.endpoints.length === 2 || agent.#end !== undefined, {
        withinMs: 60_000,
      });
      if (agent.#end !== undefined) throw new Error(`The agent did not start: ${agent.log.last.join('\n')}`);
    } catch (error) {
      await agent[Symbol.asyncDispose]();
      throw error;
    }
    return agent;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** How it ended, once it did. */
  get end(): AgentEnd | undefined {
    return this.#end;
  }

  get socketPath(): string {
    return this.directory.at('s');
  }

  /** Addresses it listens on: the unix socket, then the port. */
  get endpoints(): readonly string[] {
    try {
      return readFileSync(this.directory.at('data', 'endpoints'), 'utf8').split('\n').filter(Boolean);
    } catch {
      return [];
    }
  }

  get token(): string {
    return readFileSync(this.directory.at('data', 'token'), 'utf8').trim();
  }

  /** Resident memory in bytes; 0 when it is gone. */
  get rss(): number {
    try {
      const [, kibibytes] = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
      return Number(kibibytes ?? 0) * 1024;
    } catch {
      return 0;
    }
  }

  /** What its file descriptors lead to. */
  get openFiles(): readonly string[] {
    return [...openFilesOf(this.pid)].map(([fd, target]) => `${fd} -> ${target}`);
  }

  /** Every process that knows its directory, itself excepted. */
  get relatives(): readonly number[] {
    const isRelated = (pid: number): boolean =>
      Object.values(environmentOf(pid)).some((value) => value.includes(this.directory.path));
    return allProcesses().filter((pid) => pid !== this.pid && isRelated(pid));
  }

  /** Ends it whatever it does, with its jobs, and removes its directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#killNow();
    await this.ended;
    process.removeListener('exit', this.#killNow);
    for (const pid of this.relatives) kill(pid);
    await this.directory[Symbol.asyncDispose]();
  }

  readonly #killNow = (): void => {
    if (this.#end === undefined) kill(this.pid);
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
