// A data directory with an agent and a keeper on it, each a process of its own, to be killed and started again.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { connect } from '../../src/client/client.ts';
import type { Client } from '../../src/client/client.ts';
import type { WireCommand } from '../../src/protocol/command.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { isAlive, openFilesOf } from '../harness/processes.ts';
import { tempDir } from '../harness/temp-dir.ts';
import type { TempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';

const EXECUTABLE = path.join(import.meta.dirname, '../../bin/corex.js');

/** The longest anything here may take. */
const PATIENCE_MS = 30_000;

export interface StageOptions {
  /** The program to start agents of. @default this one */
  readonly executable?: string;
  /** Faults armed in the first agent, and by it in its keeper. */
  readonly faults?: string;
  /** Where everything is. @default a temporary directory of its own */
  readonly dataDir?: string;
  /** The agents' configuration file: TOML. @default none */
  readonly config?: string;
  /** A program and its arguments that run each agent, such as `nsenter`. @default none */
  readonly through?: readonly string[];
}

/** An agent's process and what it said. */
interface AgentLife {
  readonly process: ChildProcess;
  readonly said: () => string;
}

export class SurvivalStage implements AsyncDisposable {
  readonly dataDir: string;
  readonly #directory: TempDir;
  /** The program that is started next. @default this one */
  executable: string | undefined;
  readonly #through: readonly string[];
  #config: string | undefined;
  #agent: AgentLife | undefined;
  #client: Client | undefined;

  constructor({ executable, dataDir, config, through = [] }: StageOptions = {}) {
    this.#directory = tempDir();
    this.dataDir = dataDir ?? this.#directory.at('data');
    this.executable = executable;
    this.#through = through;
    if (config !== undefined) this.configure(config);
  }

  /** The configuration of agents that are started from now on: TOML. */
  configure(config: string): void {
    this.#config = this.at('corex.toml');
    writeFileSync(this.#config, config);
  }

  /** A stage with an agent that takes commands, and a client that stays connected whatever happens to it. */
  static async begin(options: StageOptions = {}): Promise<SurvivalStage> {
    const stage = new SurvivalStage(options);
    await stage.start(options.faults);
    return stage;
  }

  at(...names: string[]): string {
    return this.#directory.at(...names);
  }

  get client(): Client {
    if (this.#client === undefined) throw new Error('No agent has taken commands yet');
    return this.#client;
  }

  get agentPid(): number {
    return this.#agent?.process.pid ?? 0;
  }

  get keeperPid(): number {
    return Number(readFileSync(path.join(this.dataDir, 'keeper.pid'), 'utf8'));
  }

  /** What the present agent said. */
  get said(): string {
    return this.#agent?.said() ?? '';
  }

  /** Starts an agent without waiting for it. */
  launch(faults?: string): ChildProcess {
    rmSync(path.join(this.dataDir, 'endpoints'), { force: true });
    const [program, ...words] = [...this.#through, globalThis.process.execPath];
    const process = spawn(
      program,
      [
        ...words,
        this.executable ?? EXECUTABLE,
        'start',
        '--data-dir',
        this.dataDir,
        '--listen',
        this.#url,
        '--log-level',
        'info',
        ...(this.#config === undefined ? [] : ['--config', this.#config]),
      ],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          ...globalThis.process.env,
          COREX_RUNTIME_DIR: this.at('run'),
          ...(faults === undefined ? {} : { COREX_FAULT: faults }),
        },
      },
    );
    let said = '';
    process.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    this.#agent = { process, said: () => said };
    return process;
  }

  /** Starts an agent and waits until it takes commands. Rejects when it ends instead. */
  async start(faults?: string): Promise<void> {
    const process = this.launch(faults);
    const taking = this.#takesCommands(process);
    await within(PATIENCE_MS, `an agent; it said ${this.said}`, taking);
  }

  /** Kills the agent as `kill -9` does; resolves when it is gone. */
  async killAgent(): Promise<void> {
    const process = this.#agent?.process;
    if (process === undefined || hasEnded(process)) return;
    const exit = once(process, 'exit');
    process.kill('SIGKILL');
    await exit;
  }

  /** Kills the agent and starts another one. */
  async restart(faults?: string): Promise<void> {
    this.hasDied = false;
    await this.killAgent();
    await this.start(faults);
  }

  /** Ends the agent in order, its jobs with it if they are to be. */
  async end({ drain = false } = {}): Promise<void> {
    const process = this.#agent?.process;
    if (process === undefined || hasEnded(process)) return;
    const exit = once(process, 'exit');
    if (drain) await this.client.agent.stop({ drain, deadline: 2 }).catch(() => process.kill('SIGTERM'));
    else process.kill('SIGTERM');
    await within(PATIENCE_MS, `the agent's end; it said ${this.said}`, exit);
  }

  /** Resolves when the agent died by itself. */
  async agentDied(): Promise<void> {
    const process = this.#agent?.process;
    if (process === undefined || hasEnded(process)) return;
    await within(PATIENCE_MS, `the agent's death; it said ${this.said}`, once(process, 'exit'));
  }

  /** Whether an agent died by itself, and was started again since. */
  hasDied = false;

  /** Starts the agent again if it died by itself. */
  async revive(): Promise<void> {
    const process = this.#agent?.process;
    if (process === undefined || !hasEnded(process)) return;
    this.hasDied = true;
    await this.start();
  }

  /** Makes a file beside the data directory: what a job's script waits for. */
  async touch(name: string): Promise<void> {
    await writeFile(this.at(name), '');
  }

  async killKeeper(): Promise<void> {
    const pid = this.keeperPid;
    process.kill(pid, 'SIGKILL');
    await until('the keeper is gone', () => !isAlive(pid));
  }

  /** Submits, and resolves to the id once the job is accepted. */
  async submit(command: WireCommand): Promise<string> {
    const job = this.client.run(command);
    await within(PATIENCE_MS, `the acceptance of ${job.id}`, job.accepted);
    return job.id;
  }

  /** Submits a shell script as a job that runs, and resolves to its pid. */
  async startJob(id: string, script: string, more: Partial<WireCommand> = {}): Promise<number> {
    await this.submit({ ...shell(script), id, ...more });
    return await this.pidOf(id);
  }

  async pidOf(id: string): Promise<number> {
    return await until(`${id} runs`, async () => (await this.client.jobs.get(id)).pid);
  }

  result(id: string): Promise<JobResult> {
    return within(PATIENCE_MS, `the result of ${id}`, this.client.job(id).result());
  }

  /** How many files the agent and the keeper have open. */
  openFiles(): { readonly agent: number; readonly keeper: number } {
    return { agent: openFilesOf(this.agentPid).size, keeper: openFilesOf(this.keeperPid).size };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#agent !== undefined && hasEnded(this.#agent.process) && existsSync(this.dataDir)) {
      await this.start().catch(() => undefined);
    }
    await this.end({ drain: true });
    await this.#client?.close();
    const keeper = existsSync(path.join(this.dataDir, 'keeper.pid')) ? this.keeperPid : 0;
    await this.#directory[Symbol.asyncDispose]();
    if (keeper > 0) await until('the keeper has ended, too', () => !isAlive(keeper));
  }

  get #url(): string {
    return `unix:${this.at('s')}`;
  }

  async #takesCommands(process: ChildProcess): Promise<void> {
    await until(
      'the agent tells where it listens',
      () => existsSync(path.join(this.dataDir, 'endpoints')) || hasEnded(process),
      { withinMs: PATIENCE_MS },
    );
    if (hasEnded(process)) throw new Error(`The agent ended: ${this.said}`);
    this.#client ??= await connect(this.#url, { reconnect: { firstMs: 20, capMs: 100 } });
    await until('the client is connected', () => this.client.state === 'connected' || hasEnded(process));
    if (hasEnded(process)) throw new Error(`The agent ended: ${this.said}`);
  }
}

/** A job that runs a shell script. */
function shell(script: string): WireCommand {
  return { command: 'core.system', arguments: { name: 'sh', args: ['-c', script] } };
}

function hasEnded(process: ChildProcess): boolean {
  return process.exitCode !== null || process.signalCode !== null;
}
