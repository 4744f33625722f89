import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { runShortProgram } from '../../host/short-program.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { signalNumber } from '../../protocol/signals.ts';
import { checkContainerId } from '../container-id.ts';
import { type Owner, outsideOf } from '../id-map.ts';
import type { ContainerState, CreateRequest, ExecRequest, OciRuntime, RuntimeName, RuntimeRun } from '../runtime.ts';
import { type ContainerLimits, limitResources } from '../spec/container-limits.ts';
import { runtimeProcess } from '../spec/process-plan.ts';
import { readContainerState, readContainerStates } from './container-states.ts';
import { DIALECTS } from './dialect.ts';
import { explainRuntime, lastErrorOf } from './explain-runtime.ts';
import { withMappedRoot } from './mapped-root.ts';

export interface CommandRuntimeOptions {
  readonly name: RuntimeName;
  /** Absolute path. */
  readonly program: string;
  /** Where the runtime keeps what it knows, and its words while it says them; ours alone, and gone after a restart of the machine. */
  readonly stateDirectory: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether swap can be limited, too. */
  readonly canLimitSwap: boolean;
  /** How long one answer may take, milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;
const ANSWER_BYTES = 4 * 1024 ** 2;

/** In this mode nobody but the agent reads what a process is given: there may be secrets in its variables. */
const PRIVATE = 0o600;

/** An OCI runtime that is a program: runc or crun. */
export class CommandRuntime implements OciRuntime {
  readonly name: RuntimeName;
  readonly program: string;
  readonly #options: CommandRuntimeOptions;

  constructor(options: CommandRuntimeOptions) {
    this.name = options.name;
    this.program = options.program;
    this.#options = options;
  }

  async createPlan({ id, bundle, config, idMap, rootMount, startAtOnce = false }: CreateRequest): Promise<RuntimeRun> {
    checkContainerId(id);
    await mkdir(this.#options.stateDirectory, { recursive: true, mode: 0o700 });
    const { terminal } = config.process;
    await writeFile(path.join(bundle, 'config.json'), JSON.stringify(config), { mode: PRIVATE });
    const files = await this.#freshFiles(bundle, 'container');
    const command = terminal || startAtOnce ? 'run' : 'create';
    const detach = startAtOnce && !terminal ? ['--detach'] : [];
    const args = [command, ...detach, '--bundle', bundle, '--pid-file', files.pid, '--', id];
    const owner = idMap && outsideOf(config.process.user, idMap);
    const run = this.#run(bundle, files, args, terminal, owner);
    return rootMount === undefined ? run : await withMappedRoot(run, rootMount);
  }

  async execPlan({ id, bundle, execId, process, capabilities, idMap }: ExecRequest): Promise<RuntimeRun> {
    checkContainerId(id);
    checkContainerId(execId);
    const plan = runtimeProcess({ ...process, capabilities });
    const file = path.join(bundle, `exec-${execId}.json`);
    await writeFile(file, JSON.stringify(plan), { mode: PRIVATE });
    const files = await this.#freshFiles(bundle, `exec-${execId}`);
    const detach = plan.terminal ? [] : ['--detach'];
    const args = ['exec', ...detach, '--process', file, '--pid-file', files.pid, '--', id];
    return this.#run(bundle, files, args, plan.terminal, idMap && outsideOf(plan.user, idMap));
  }

  async explain({ log }: Pick<RuntimeRun, 'log'>): Promise<AgentError | undefined> {
    const said = lastErrorOf(await readFile(log, 'utf8').catch(() => ''));
    return said === undefined ? undefined : explainRuntime('start a program in a container', said);
  }

  async start(id: string): Promise<void> {
    await this.#do(`start the container "${id}"`, ['start', '--', checkContainerId(id)]);
  }

  async state(id: string): Promise<ContainerState | undefined> {
    checkContainerId(id);
    try {
      return readContainerState(await this.#do(`look at the container "${id}"`, ['state', '--', id]));
    } catch (error) {
      if (isUnknown(error)) return undefined;
      throw error;
    }
  }

  async list(): Promise<readonly ContainerState[]> {
    await mkdir(this.#options.stateDirectory, { recursive: true, mode: 0o700 });
    return readContainerStates(await this.#do('list the containers', ['list', '--format', 'json']));
  }

  async kill(id: string, signal: NodeJS.Signals): Promise<boolean> {
    checkContainerId(id);
    try {
      await this.#do(`signal the container "${id}"`, ['kill', '--', id, String(signalNumber(signal))]);
      return true;
    } catch (error) {
      // It may have ended while it was signalled: what counts is whether it lives.
      const status = isUnknown(error) ? undefined : (await this.state(id))?.status;
      if (status === undefined || status === 'stopped') return false;
      throw error;
    }
  }

  async pause(id: string): Promise<void> {
    await this.#do(`pause the container "${id}"`, ['pause', '--', checkContainerId(id)]);
  }

  async resume(id: string): Promise<void> {
    await this.#do(`resume the container "${id}"`, ['resume', '--', checkContainerId(id)]);
  }

  async update(id: string, limits: ContainerLimits): Promise<void> {
    checkContainerId(id);
    const resources = limitResources(limits, this.#options.canLimitSwap);
    const action = `change the limits of the container "${id}"`;
    await this.#do(action, ['update', '--resources', '-', '--', id], JSON.stringify(resources));
  }

  async delete(id: string, { force = false }: { readonly force?: boolean } = {}): Promise<void> {
    checkContainerId(id);
    try {
      await this.#do(`remove the container "${id}"`, ['delete', ...(force ? ['--force'] : []), '--', id]);
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }

  /** Runs the runtime to its end. Its answer; its own words when it refuses. */
  async #do(action: string, args: readonly string[], input?: string): Promise<string> {
    const { stateDirectory, env, timeoutMs = TIMEOUT_MS } = this.#options;
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
    const log = path.join(stateDirectory, `${randomUUID()}.log`);
    try {
      const end = await runShortProgram({
        program: this.program,
        args: [...this.#globals(log), ...args],
        env,
        cwd: '/',
        timeoutMs,
        maxBytes: ANSWER_BYTES,
        ...(input === undefined ? {} : { input }),
      });
      if (end.type === 'exited' && end.code === 0) return end.stdout;
      if (end.type === 'failed') throw new AgentError('not-able', `Cannot ${action}: ${this.name} failed: ${end.why}`);
      const said = lastErrorOf(await readFile(log, 'utf8').catch(() => '')) ?? end.stderr.trim();
      const how = end.type === 'exited' ? `${this.name} exited with ${end.code}` : `${end.signal} ended ${this.name}`;
      throw explainRuntime(action, said === '' ? how : said);
    } finally {
      await rm(log, { force: true });
    }
  }

  /** `owner`: who the program is outside, if another. With a terminal the runtime makes one that is theirs. */
  #run(cwd: string, files: RunFiles, args: readonly string[], terminal: boolean, owner: Owner | undefined): RuntimeRun {
    return {
      program: this.program,
      args: [...this.#globals(files.log), ...args],
      env: this.#options.env,
      cwd,
      ...(!terminal && { mainPid: { file: files.pid } }),
      ...(!terminal && owner !== undefined && { streamOwner: owner }),
      log: files.log,
    };
  }

  #globals(log: string): string[] {
    const { options } = DIALECTS[this.name];
    return [
      ...options,
      '--root',
      path.join(this.#options.stateDirectory, 'containers'),
      '--log',
      log,
      '--log-format',
      'json',
    ];
  }

  /** What an earlier start left must not be taken for this one's. */
  async #freshFiles(bundle: string, name: string): Promise<RunFiles> {
    const files = { pid: path.join(bundle, `${name}.pid`), log: path.join(bundle, `${name}.log`) };
    await Promise.all([rm(files.pid, { force: true }), rm(files.log, { force: true })]);
    return files;
  }
}

interface RunFiles {
  readonly pid: string;
  readonly log: string;
}

function isUnknown(error: unknown): boolean {
  return error instanceof AgentError && error.code === 'unknown-container';
}
