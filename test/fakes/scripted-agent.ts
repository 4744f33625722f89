import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { WebSocketServer } from 'ws';
import type { HelloFrame } from '../../src/protocol/frames.ts';
import { ScriptedJob } from './scripted-job.ts';
import { ScriptedSession, type ScriptedCommand, type ScriptedHost } from './scripted-session.ts';

export interface ScriptedAgentOptions {
  /** What it says first; undefined says nothing. */
  readonly hello?: Partial<HelloFrame> | 'none';
  /** Certificates; it listens at `wss:` then. */
  readonly tls?: ServerOptions;
  /** HTTP status every upgrade is refused with. */
  readonly refuseWith?: number;
  /** Called with each new session, before its hello. */
  readonly onSession?: (session: ScriptedSession) => void;
  /** Called with each command before it is carried out; true: the test has dealt with it. */
  readonly onCommand?: (frame: ScriptedCommand, session: ScriptedSession) => boolean | undefined;
}

/**
 * A small agent that speaks the wire and runs nothing: jobs are what the test makes them say. `fake.job` makes a job
 * that the test finds in `jobs`; `fake.print {lines}` one that says so many numbered lines and ends.
 */
export class ScriptedAgent implements ScriptedHost, AsyncDisposable {
  readonly options: ScriptedAgentOptions;
  readonly jobs = new Map<string, ScriptedJob>();
  readonly sessions = new Set<ScriptedSession>();
  /** Every command that came, in order. */
  readonly commands: ScriptedCommand[] = [];
  /** How often a job was really started. */
  readonly starts = new Map<string, number>();
  readonly #server: Server;
  readonly #upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: false });

  private constructor(options: ScriptedAgentOptions) {
    this.options = options;
    this.#server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
    this.#server.on('upgrade', (request, socket, head) => {
      if (options.refuseWith !== undefined) {
        socket.end(`HTTP/1.1 ${options.refuseWith} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      this.#upgrader.handleUpgrade(request, socket, head, (ws) => {
        const session = new ScriptedSession(ws, request, this);
        this.sessions.add(session);
        ws.on('close', () => this.sessions.delete(session));
        options.onSession?.(session);
        if (options.hello !== 'none') session.sayHello();
      });
    });
  }

  static async start(options: ScriptedAgentOptions = {}, port = 0): Promise<ScriptedAgent> {
    const agent = new ScriptedAgent(options);
    await new Promise<void>((resolve) => agent.#server.listen(port, '127.0.0.1', resolve));
    return agent;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.options.tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${this.port}`;
  }

  get hello(): object {
    const { hello } = this.options;
    return typeof hello === 'object' ? hello : {};
  }

  intercept(frame: ScriptedCommand, session: ScriptedSession): boolean {
    return this.options.onCommand?.(frame, session) === true;
  }

  /** The job of an id. Fails when there is none. */
  job(id: string): ScriptedJob {
    const job = this.jobs.get(id);
    if (job === undefined) throw new Error(`The fake agent has no job "${id}"`);
    return job;
  }

  /** How many commands of a name came. */
  count(command: string): number {
    return this.commands.filter((frame) => frame.command === command).length;
  }

  start(id: string, content: string): ScriptedJob {
    this.starts.set(id, (this.starts.get(id) ?? 0) + 1);
    const job = new ScriptedJob(id, content);
    this.jobs.set(id, job);
    return job;
  }

  /** Acknowledges the input a job has. */
  acknowledgeInput(id: string): void {
    for (const session of this.sessions) session.acknowledge(this.job(id));
  }

  /** Closes every session with a code. */
  closeAll(code: number): void {
    for (const session of this.sessions) session.ws.close(code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) session.ws.terminate();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
