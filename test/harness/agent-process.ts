import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { WebSocket } from 'ws';
import type { WireCommand } from '../../src/protocol/command.ts';
import type { ServerFrame } from '../../src/protocol/frames.ts';
import type { JobInfo } from '../../src/protocol/job-info.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { until } from './until.ts';

const MAIN = new URL('../../bin/corex.js', import.meta.url).pathname;

/** An agent in a process of its own, to be killed, stopped and watched. */
export class AgentProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly dataDir: string;
  #socket: WebSocket | undefined;
  readonly #waiting = new Map<string, (frame: ServerFrame) => void>();
  #count = 0;

  constructor(child: ChildProcess, dataDir: string) {
    this.child = child;
    this.dataDir = dataDir;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get socketPath(): string {
    return socketPathIn(this.dataDir);
  }

  get url(): string {
    return `unix:${this.socketPath}`;
  }

  /** Connects over the agent's unix socket. */
  async connect(): Promise<void> {
    await until('the agent listens', async () => await readFile(path.join(this.dataDir, 'endpoints'), 'utf8'));
    const socket = new WebSocket(`ws+unix:${this.socketPath}:/v1`);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) return;
      const frame = JSON.parse(data.toString()) as ServerFrame;
      if (!('ref' in frame) || typeof frame.ref !== 'string') return;
      this.#waiting.get(`${frame.type} ${frame.ref}`)?.(frame);
    });
    socket.on('error', () => undefined);
    await once(socket, 'open');
    this.#socket = socket;
  }

  /** Sends a command and resolves to the first frame of the type that answers it. */
  async ask(type: 'accepted' | 'result', command: WireCommand): Promise<ServerFrame> {
    this.#count += 1;
    const ref = `ref${this.#count}`;
    const { promise, resolve } = Promise.withResolvers<ServerFrame>();
    this.#waiting.set(`${type} ${ref}`, resolve);
    this.#socket?.send(JSON.stringify({ ...command, ref }));
    return promise;
  }

  async call(command: string, args?: object): Promise<unknown> {
    const result = (await this.ask('result', {
      command,
      ...(args === undefined ? {} : { arguments: args }),
    })) as JobResult & ServerFrame;
    if (result.state !== 'SUCCESS') throw new Error(result.error?.message ?? result.state);
    return JSON.parse(result.data);
  }

  /** Submits a job and resolves once it is accepted. */
  async submit(command: WireCommand): Promise<void> {
    await this.ask('accepted', command);
  }

  async job(id: string): Promise<JobInfo> {
    return (await this.call('job.get', { id })) as JobInfo;
  }

  /** Bytes of all output files. */
  async segments(_id: string): Promise<number> {
    const folder = path.join(this.dataDir, 'output');
    let bytes = 0;
    for (const name of await readdir(folder, { recursive: true }).catch(() => []))
      bytes += (await stat(path.join(folder, name))).size;
    return bytes;
  }

  /** Sends a signal and waits for its end. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const gone = this.child.exitCode !== null || this.child.signalCode !== null ? undefined : once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
    this.#socket?.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGTERM');
  }
}

/** Starts the built executable on a data directory and connects to it. */
export async function startAgentProcess(dataDir: string, args: readonly string[] = []): Promise<AgentProcess> {
  const child = spawn(
    process.execPath,
    [MAIN, 'start', '--data-dir', dataDir, '--listen', `unix:${socketPathIn(dataDir)}`, ...args],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const running = new AgentProcess(child, dataDir);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`The agent ended: ${said}`)));
  ended.catch(() => undefined);
  await Promise.race([running.connect(), ended]);
  return running;
}

function socketPathIn(dataDir: string): string {
  return path.join(dataDir, 'socket', 'agent.sock');
}
