// Runs the CLI as a user does, against an agent of its own: in this process, which takes a tenth of the time, where a process
// of its own would add nothing; else by the built executable.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';

import { runCli } from '../../src/cli/cli.ts';
import type { Cli } from '../../src/cli/cli-context.ts';
import { Output } from '../../src/cli/output.ts';
import { isAlive } from '../harness/processes.ts';
import { tempDir, type TempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';

export const executable = path.join(import.meta.dirname, '../../bin/corex.js');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface CallOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** File that gets its standard output. @default a pipe */
  readonly stdout?: string;
  /** Longest time it may take, milliseconds. @default 60_000 */
  readonly withinMs?: number;
  /** Whether it has to be a process. @default where the command is about processes, or `stdout` is given */
  readonly ownProcess?: boolean;
}

/** What these do to the process they are in, or ask of it, is not for the one that tests. */
const ABOUT_PROCESSES = new Set(['start', 'init', 'keeper', 'doctor', 'version', '--version', '-V']);

/** The environment of a user who has nothing set up. */
export function userEnvironment(more: CallOptions['env'] = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(COREX_(?!TEST)|NO_COLOR|FORCE_COLOR)/.test(name));
  return { ...Object.fromEntries(own), ...more };
}

export function startCorex(args: readonly string[], { env, cwd, stdout }: CallOptions = {}): ChildProcess {
  const file = stdout === undefined ? undefined : openSync(stdout, 'w');
  const child = spawn(process.execPath, [executable, ...args], {
    env: userEnvironment(env),
    stdio: ['pipe', file ?? 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (file !== undefined) closeSync(file);
  return child;
}

/** Runs it to its end. */
export async function corex(args: readonly string[], options: CallOptions = {}): Promise<Finished> {
  const { ownProcess = options.stdout !== undefined || ABOUT_PROCESSES.has(args[0] ?? '') } = options;
  const end = ownProcess ? inProcessOfItsOwn(args, options) : inThisProcess(args, options);
  return within(options.withinMs ?? 60_000, `corex ${args.join(' ')}`, end);
}

async function inProcessOfItsOwn(args: readonly string[], options: CallOptions): Promise<Finished> {
  const child = startCorex(args, options);
  child.stdin?.on('error', () => undefined).end(options.input);
  return await finished(child);
}

async function inThisProcess(args: readonly string[], { input, env, cwd }: CallOptions): Promise<Finished> {
  const environment = userEnvironment(env);
  const [stdout, stderr] = [collector(), collector()];
  const cli: Cli = {
    output: new Output(stdout.stream, stderr.stream, environment),
    env: environment,
    directory: cwd ?? process.cwd(),
    home: environment['HOME'] ?? homedir(),
    isRoot: process.geteuid?.() === 0,
    stdin: () => new PassThrough().end(input),
    terminal: {
      size: undefined,
      keyboard: undefined,
      onResize: () => NOTHING_TO_UNDO,
      atExit: () => NOTHING_TO_UNDO,
    },
    onSignal: () => NOTHING_TO_UNDO,
    endBySignal: (signal) => {
      throw new Error(`corex ${args.join(' ')} would end by ${signal}: that takes a process of its own`);
    },
  };
  const code = await runCli(args, cli);
  return { code, signal: null, stdout: stdout.bytes(), stderr: stderr.bytes().toString() };
}

const NOTHING_TO_UNDO: Disposable = { [Symbol.dispose]: () => undefined };

function collector(): { readonly stream: Writable; readonly bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, bytes: () => Buffer.concat(chunks) };
}

/** Resolves when the agent of a data directory answers. */
export async function answering(dataDir: string): Promise<void> {
  const env = { COREX_DATA_DIR: dataDir };
  await until('the agent answers', async () => (await corex(['ps'], { env })).code === 0);
}

/** What a process wrote, and how it ended. */
export async function finished(child: ChildProcess): Promise<Finished> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}

/** An agent that was started with `corex start`, and the CLI that talks to it. */
export interface RunningAgent extends AsyncDisposable {
  readonly directory: TempDir;
  readonly dataDir: string;
  readonly process: ChildProcess;
  /** What it wrote to standard error so far. */
  readonly said: () => string;
  /** Runs the CLI, which finds this agent by `COREX_DATA_DIR`. */
  run(args: readonly string[], options?: CallOptions): Promise<Finished>;
  start(args: readonly string[], options?: CallOptions): ChildProcess;
  /** Runs the CLI with `--json`, expects exit code 0 and reads the document. */
  json(args: readonly string[]): Promise<ReturnType<typeof JSON.parse>>;
}

export async function runningAgent(...more: readonly string[]): Promise<RunningAgent> {
  const directory = tempDir();
  const dataDir = directory.at('data');
  const listen = [`unix:${directory.at('s')}`, 'ws://127.0.0.1:0'].flatMap((url) => ['--listen', url]);
  const child = startCorex(['start', '--data-dir', dataDir, ...listen, ...more]);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until('the agent is ready or has ended', () => child.exitCode !== null || said.includes('takes commands at'));
  if (child.exitCode !== null) {
    await directory[Symbol.asyncDispose]();
    throw new Error(`The agent has ended: ${said}`);
  }
  const withData = (options: CallOptions = {}): CallOptions => ({
    ...options,
    env: { COREX_DATA_DIR: dataDir, ...options.env },
  });
  const run: RunningAgent['run'] = (args, options) => corex(args, withData(options));
  return {
    directory,
    dataDir,
    process: child,
    said: () => said,
    run,
    start: (args, options) => startCorex(args, withData(options)),
    json: async ([command = '', ...args]) => {
      const { code, stdout, stderr } = await run([command, '--json', ...args]);
      if (code !== 0)
        throw new Error(`corex ${command} --json ${args.join(' ')} exited with ${String(code)}: ${stderr}`);
      return JSON.parse(stdout.toString());
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) await run(['stop', '--drain', '--timeout', '10']);
      await endKeeper(dataDir);
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** A keeper waits a while for the next agent; in a test there is none. */
async function endKeeper(dataDir: string): Promise<void> {
  let pid: number;
  try {
    pid = Number(readFileSync(path.join(dataDir, 'keeper.pid'), 'utf8'));
    process.kill(pid, 'SIGKILL');
  } catch {
    return;
  }
  await until('the keeper is gone', () => !isAlive(pid));
}
