/** The door: listeners, the gate, and the sessions behind it. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import type { JobAccess } from '../engine/job-access.ts';
import type { CommandIntake } from '../engine/submission.ts';
import { CLOSE_CODES } from '../protocol/close-codes.ts';
import type { CloseCodeNumber } from '../protocol/close-codes.ts';
import type { Authenticator } from '../security/authenticator.ts';
import { FailedAttempts } from '../security/failed-attempts.ts';
import type { Identity } from '../security/identity.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Gate } from './admission.ts';
import { answerHttp } from './http-endpoints.ts';
import type { ReadyReport } from './http-endpoints.ts';
import { completeLimits } from './limits.ts';
import type { ServerLimits } from './limits.ts';
import { hostOfListen } from './listen-address.ts';
import { Listener } from './listener.ts';
import type { ListenOptions } from './listener.ts';
import { Session } from './session.ts';
import type { SessionServices } from './session.ts';
import { SessionTable } from './session-table.ts';
import type { SessionLoad } from './session-table.ts';
import { noTraffic } from './traffic.ts';
import type { Traffic } from './traffic.ts';
import { createUpgrader, upgrade } from './upgrade.ts';

export interface ServerOptions {
  /** In the order given; when one can’t be opened, none is. */
  readonly listeners: readonly ListenOptions[];
  readonly intake: CommandIntake;
  readonly jobs: JobAccess;
  /** Asked on TCP and TLS; on a unix socket the file’s mode decides. */
  readonly authenticator: Authenticator;
  readonly agent: { readonly name: string; readonly version: string };
  readonly logger: Logger;
  ready(): ReadyReport;
  /** Prometheus text. */
  metrics(): Promise<string>;
  /** Origins of web pages that may connect, such as `https://example.com`. Default: none. */
  readonly origins?: readonly string[];
  /** Names under which the agent is called, beside loopback and its own address. */
  readonly hosts?: readonly string[];
  readonly limits?: Partial<ServerLimits>;
  readonly clock?: Clock;
}

export interface ServerStats extends SessionLoad {
  readonly sessions: number;
  /** Open sockets, WebSocket or not. */
  readonly connections: number;
  /** Upgrades granted and refused so far. */
  readonly admitted: number;
  readonly refused: number;
  /** Frames that came and went. */
  readonly traffic: Readonly<Traffic>;
}

export interface Server {
  /** Where clients find it, in the order of the listeners, with real ports. */
  readonly endpoints: readonly string[];
  stats(): ServerStats;
  /** Reads the certificate files again, for new connections. Errors: AgentError; then the old ones stay. */
  reloadCertificates(): Promise<void>;
  /**
   * Closes the sessions whose identity matches (default: all) and cuts off, within a second, those
   * that don’t answer. Returns how many. After a token was replaced: `dropSessions(4011, (who) => who.via === 'token')`.
   */
  dropSessions(code: CloseCodeNumber, matches?: (identity: Identity) => boolean): number;
  /** Takes no more connections, closes every session with the code (default 1012), waits for them a while, cuts off the rest. Idempotent. */
  close(code?: CloseCodeNumber): Promise<void>;
}

/**
 * Starts to listen.
 *
 * Errors: AgentError `bad-arguments` or `forbidden` for an address that can’t or mustn’t be listened on.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const server = new RunningServer(options);
  await server.open();
  return server;
}

/** How long a dropped session may take to answer the close frame. */
const DROP_MS = 500;

class RunningServer implements Server {
  readonly #options: ServerOptions;
  readonly #limits: ServerLimits;
  readonly #clock: Clock;
  readonly #services: SessionServices;
  readonly #listeners: Listener[] = [];
  readonly #sessions = new SessionTable();
  readonly #traffic = noTraffic();
  readonly #upgrader;
  readonly #failures: FailedAttempts;
  #closing: Promise<void> | undefined;
  #admitted = 0;
  #refused = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#limits = completeLimits(options.limits);
    this.#clock = options.clock ?? systemClock;
    this.#upgrader = createUpgrader(this.#limits);
    this.#failures = new FailedAttempts(this.#clock);
    const { intake, jobs, agent, logger } = options;
    this.#services = {
      intake,
      jobs,
      agent,
      logger,
      limits: this.#limits,
      clock: this.#clock,
      newId: randomUUID,
      traffic: this.#traffic,
    };
  }

  async open(): Promise<void> {
    try {
      for (const listen of this.#options.listeners) this.#listeners.push(await this.#listen(listen));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  get endpoints(): readonly string[] {
    return this.#listeners.map((listener) => listener.endpoint);
  }

  stats(): ServerStats {
    return {
      sessions: this.#sessions.size,
      ...this.#sessions.load(),
      connections: this.#listeners.reduce((sum, listener) => sum + listener.connections, 0),
      admitted: this.#admitted,
      refused: this.#refused,
      traffic: this.#traffic,
    };
  }

  async reloadCertificates(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.reloadCertificates()));
  }

  dropSessions(code: CloseCodeNumber, matches: (identity: Identity) => boolean = () => true): number {
    const dropped = this.#sessions.closeAll(code, matches);
    this.#clock.after(DROP_MS, () => {
      for (const session of dropped) session.terminate();
    });
    return dropped.length;
  }

  close(code: CloseCodeNumber = 1012): Promise<void> {
    this.#closing ??= this.#close(code);
    return this.#closing;
  }

  async #close(code: CloseCodeNumber): Promise<void> {
    for (const listener of this.#listeners) listener.stop();
    this.#sessions.closeAll(code);
    await this.#sessions.drained(this.#clock, this.#limits.drainMs);
    this.#upgrader.close();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }

  #listen(listen: ListenOptions): Promise<Listener> {
    const { authenticator, hosts = [], origins = [], logger } = this.#options;
    const ownHost = hostOfListen(listen.url);
    const gate: Gate = {
      isUnix: listen.url.startsWith('unix:'),
      hosts: new Set([...hosts, ...(ownHost === undefined ? [] : [ownHost])].map((host) => host.toLowerCase())),
      origins: new Set(origins.filter((origin) => origin !== 'null')),
      authenticator,
      failures: this.#failures,
    };
    return Listener.open(listen, this.#limits, {
      request: (request, response) => {
        void answerHttp(request, response, gate, this.#options, logger);
      },
      upgrade: (request, socket, head) => {
        const welcome = (ws: WebSocket, identity: Identity): void => this.#welcome(ws, request, identity);
        upgrade(this.#upgrader, request, socket, head, gate, welcome, ({ status, code }) => {
          this.#refused += 1;
          logger.info({ from: request.socket.remoteAddress ?? 'unix', status, code }, 'A connection was refused');
        });
      },
    });
  }

  #welcome(ws: WebSocket, request: IncomingMessage, identity: Identity): void {
    const refusal =
      this.#closing !== undefined ? 1012 : this.#sessions.size >= this.#limits.sessions ? 1013 : undefined;
    if (refusal !== undefined) {
      ws.on('error', () => undefined);
      ws.close(refusal, CLOSE_CODES[refusal].name);
      return;
    }
    this.#admitted += 1;
    const session = new Session(ws, request, identity, this.#services);
    this.#sessions.add(session);
    this.#options.logger.debug(
      { caller: session.name, identity: identity.name, via: identity.via },
      'A connection opened',
    );
  }
}
