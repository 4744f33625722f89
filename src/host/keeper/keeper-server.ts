import { randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';

import { AgentError } from '../../protocol/agent-error.ts';
import type { Launcher } from '../launcher.ts';
import { claimSocket, type ClaimedSocket } from './claim-socket.ts';
import { type ConnectionHost, KeeperConnection } from './connection.ts';
import { ownRecord } from './keeper-file.ts';
import { KEEPER_PROTOCOL, type KeeperHello, type OpenRequest } from './protocol.ts';
import { RunTable } from './run-table.ts';

export interface KeeperServerOptions {
  /** Owns the processes; not open yet. */
  readonly launcher: Launcher;
  readonly socketPath: string;
  /** Of the package, told to agents. */
  readonly version: string;
  readonly log: (line: string) => void;
  /** Done once its path is its own and before it says a word to anybody. Must not fail. */
  readonly onClaimed?: () => Promise<void>;
  /** Whether an agent may ask the keeper to end that has nothing to keep. @default true */
  readonly mayLeave?: boolean;
  /** An agent asks it to, and it may. */
  readonly onLeave: () => void;
  /** The owner came or went, or a run did: the keeper may have nothing to keep now. */
  readonly onChange: () => void;
}

/** A launcher served over a unix socket. One agent owns it at a time: a newer one puts an older one out. */
export class KeeperServer implements ConnectionHost {
  readonly launcher: Launcher;
  readonly table = new RunTable();
  readonly #options: KeeperServerOptions;
  readonly #epoch = randomUUID();
  readonly #startTime: number;
  readonly #connections = new Set<KeeperConnection>();
  readonly #early = new Set<Socket>();
  #isReady = false;
  #servers: Server[] = [];
  #socket: ClaimedSocket | undefined;
  #owner: { readonly connection: KeeperConnection; readonly request: OpenRequest } | undefined;
  #newest: OpenRequest = { generation: -1, owner: '' };

  constructor(options: KeeperServerOptions) {
    this.launcher = options.launcher;
    this.#options = options;
    this.#startTime = ownRecord('').startTime;
  }

  /** Whether an agent has it. */
  get isOwned(): boolean {
    return this.#owner !== undefined;
  }

  /** Bytes that connections were told and have not taken. */
  get waiting(): number {
    return [...this.#connections].reduce((sum, connection) => sum + connection.waiting, 0);
  }

  /** Opens the launcher and takes connections. Errors: SocketTaken, or of the system. */
  async start(): Promise<void> {
    await this.launcher.open(0);
    void this.table.follow(this.launcher, (error) => {
      this.log(`An event could not be handled: ${String(error)}`);
    });
    this.table.watch(this.#options.onChange);
    await this.#listen();
    await this.#options.onClaimed?.();
    this.#isReady = true;
    for (const socket of this.#early) this.#welcome(socket);
    this.#early.clear();
  }

  /** Takes connections at its path again, when something has removed it. Errors: as {@link start}. */
  async listenAgain(): Promise<void> {
    if (this.#socket?.isThere() === false) await this.#listen();
  }

  /** Takes no more connections and drops those there are. The launcher is not closed. */
  close(): void {
    this.#socket?.release();
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections) connection.drop();
    for (const socket of this.#early) socket.destroy();
  }

  hello(): KeeperHello {
    return {
      ...KEEPER_PROTOCOL,
      version: this.#options.version,
      pid: process.pid,
      startTime: this.#startTime,
      runs: this.table.size,
      epoch: this.#epoch,
      abilities: this.launcher.abilities,
    };
  }

  own(connection: KeeperConnection, request: OpenRequest): void {
    const { generation, owner } = this.#newest;
    if (request.generation < generation || (request.generation === generation && request.owner !== owner)) {
      throw new AgentError('forbidden', 'Cannot have the keeper: another agent has come since');
    }
    const previous = this.#owner?.connection;
    this.#newest = request;
    this.#owner = { connection, request };
    if (previous !== connection) previous?.drop();
    if (request.owner !== owner) this.#dropFailures();
    this.log(`An agent owns the keeper: generation ${request.generation}, runs ${this.table.size}`);
    this.#options.onChange();
  }

  leave(): boolean {
    if (this.#options.mayLeave === false || this.table.size > 0) return false;
    this.#options.onLeave();
    return true;
  }

  onClosed(connection: KeeperConnection): void {
    this.#connections.delete(connection);
    if (this.#owner?.connection !== connection) return;
    this.#owner = undefined;
    this.log(`The agent is gone, runs ${this.table.size}`);
    this.#options.onChange();
  }

  log(line: string): void {
    this.#options.log(line);
  }

  async #listen(): Promise<void> {
    const server = createServer((socket) => {
      if (this.#isReady) this.#welcome(socket);
      else this.#keepWaiting(socket);
    });
    server.on('error', (error) => {
      this.log(`Connections can not be taken: ${error.message}`);
    });
    this.#socket = await claimSocket(server, this.#options.socketPath);
    for (const old of this.#servers) old.close();
    this.#servers = [server];
  }

  #welcome(socket: Socket): void {
    this.#connections.add(new KeeperConnection(socket, this));
  }

  #keepWaiting(socket: Socket): void {
    socket.on('error', () => this.#early.delete(socket));
    this.#early.add(socket);
  }

  /** Starts that failed are kept as answers for whoever asked; a new owner has never asked. */
  #dropFailures(): void {
    for (const key of this.table.keys()) {
      if (this.table.get(key)?.hasFailed !== true) continue;
      this.launcher.forget(key);
      this.table.forget(key);
    }
  }
}
