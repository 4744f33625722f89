/** One place to listen: an HTTP server on TCP, TLS or a unix socket, with every limit set. */
import { once } from 'node:events';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AgentError, errorMessage } from '../protocol/agent-error.ts';
import { loadTls } from '../security/tls.ts';
import type { TlsFiles } from '../security/tls.ts';
import { listenPrivately, prepareSocketPath } from '../security/unix-socket.ts';
import { AddressCount } from './address-count.ts';
import { refuseSocket } from './http-reply.ts';
import type { ServerLimits } from './limits.ts';
import { isLoopback, parseListenAddress, resolveHost } from './listen-address.ts';
import type { ListenAddress } from './listen-address.ts';
import { createServer, createTlsServer } from './node-http.ts';

export interface ListenOptions {
  /** `ws://host:port`, `wss://host:port` or `unix:path`. */
  readonly url: string;
  /** Needed for `wss:`. */
  readonly tls?: TlsFiles;
}

/** What is done with what comes in. The socket of an upgrade has an error listener already. */
export interface ListenerHandlers {
  request(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const BACKLOG = 1024;

/** A place that was asked for, checked and ready to be opened. */
export class Listener {
  readonly address: ListenAddress;
  readonly #server: HttpServer | HttpsServer;
  readonly #tls: TlsFiles | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #addresses: AddressCount;

  private constructor(
    address: ListenAddress,
    server: HttpServer | HttpsServer,
    tls: TlsFiles | undefined,
    limits: ServerLimits,
  ) {
    this.address = address;
    this.#server = server;
    this.#tls = tls;
    this.#addresses = new AddressCount(limits.connectionsPerAddress);
    server.maxConnections = limits.connections;
    server.maxHeadersCount = limits.headers;
    // For answers that are not taken; a WebSocket has its heartbeat.
    server.timeout = limits.requestTimeoutMs;
    server.on('connection', (socket: Socket) => this.#admit(socket));
    server.on('clientError', refuseBadRequest);
    // Before the end of a handshake nothing can be said.
    server.on('tlsClientError', (_error: Error, socket: Duplex) => socket.destroy());
  }

  /**
   * Starts to listen.
   *
   * Errors: AgentError `forbidden` when the address would let anybody in, or a living process has it;
   * `bad-arguments` for one that can’t be used.
   */
  static async open(options: ListenOptions, limits: ServerLimits, handlers: ListenerHandlers): Promise<Listener> {
    const address = parseListenAddress(options.url);
    const host = address.type === 'tcp' ? await resolveHost(address) : undefined;
    if (address.type === 'tcp' && host !== undefined) refuseOpenDoor(address, host, options);
    const server = await createHttp(address, options.tls, limits);
    const listener = new Listener(address, server, options.tls, limits);
    server.on('request', (request, response) => handlers.request(request, response));
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', ignore);
      handlers.upgrade(request, socket, head);
    });
    try {
      if (address.type === 'unix') {
        await prepareSocketPath(address.path);
        await listenPrivately(address.path, () => listen(server, { path: address.path, backlog: BACKLOG }));
      } else {
        await listen(server, { host, port: address.port, backlog: BACKLOG });
      }
    } catch (error) {
      server.close();
      if (error instanceof AgentError) throw error;
      throw new AgentError('bad-arguments', `Cannot listen on "${address.url}": ${errorMessage(error)}`, {
        cause: error,
      });
    }
    return listener;
  }

  /** Where clients find it: with the real port. */
  get endpoint(): string {
    if (this.address.type === 'unix') return `unix:${this.address.path}`;
    const { address, family, port } = this.#server.address() as AddressInfo;
    const host = family === 'IPv6' ? `[${address}]` : address;
    return `${this.address.secure ? 'wss' : 'ws'}://${host}:${port}`;
  }

  /** Sockets that are open, upgraded or not. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Reads the certificate files again; new connections get them. Errors: as `loadTls()`, and the old ones stay. */
  async reloadCertificates(): Promise<void> {
    if (this.#tls === undefined || !('setSecureContext' in this.#server)) return;
    this.#server.setSecureContext(await loadTls(this.#tls));
  }

  /** Takes no more connections, and ends those that wait for nothing. */
  stop(): void {
    if (this.#server.listening) this.#server.close();
    this.#server.closeIdleConnections();
  }

  /** Ends everything that is still open; resolves when all of it is gone. */
  async close(): Promise<void> {
    this.stop();
    const open = [...this.#sockets];
    await Promise.all(
      open.map(async (socket) => {
        const closed = once(socket, 'close');
        socket.destroy();
        await closed;
      }),
    );
  }

  #admit(socket: Socket): void {
    socket.on('error', ignore);
    const { remoteAddress } = socket;
    const counted = remoteAddress !== undefined && !isLoopback(remoteAddress) ? remoteAddress : undefined;
    if (counted !== undefined && !this.#addresses.enter(counted)) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (counted !== undefined) this.#addresses.leave(counted);
    });
    if (this.address.type === 'tcp') {
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 30_000);
    }
  }
}

/** Beyond this machine only TLS may go; a token in clear text is everybody’s. */
function refuseOpenDoor(address: ListenAddress & { type: 'tcp' }, host: string, { tls }: ListenOptions): void {
  if (address.secure && tls === undefined) {
    throw new AgentError(
      'bad-arguments',
      `Cannot listen on "${address.url}": it needs a certificate. Give its files (cert and key)`,
    );
  }
  if (!address.secure && !isLoopback(host)) {
    throw new AgentError(
      'forbidden',
      `Cannot listen on "${address.url}": it can be reached from other machines and has no TLS. ` +
        'Use "wss:" with a certificate, or listen on 127.0.0.1 or a unix socket',
    );
  }
}

async function createHttp(
  address: ListenAddress,
  tls: TlsFiles | undefined,
  limits: ServerLimits,
): Promise<HttpServer | HttpsServer> {
  const options = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.timeoutCheckMs,
    maxHeaderSize: limits.headerBytes,
    requireHostHeader: address.type === 'tcp',
    // Other upgrades than WebSocket are ignored, as HTTP allows: such a request is answered as it stands.
    shouldUpgradeCallback: (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket',
  };
  if (address.type === 'unix' || !address.secure || tls === undefined) return createServer(options);
  return createTlsServer({ ...options, ...(await loadTls(tls)), handshakeTimeout: limits.headersTimeoutMs });
}

async function listen(
  server: HttpServer | HttpsServer,
  options: { path?: string; host?: string | undefined; port?: number; backlog: number },
): Promise<void> {
  const listening = once(server, 'listening');
  server.listen(options);
  await listening;
}

/** What could not be read as HTTP is answered if there is still somebody to answer, and cut off. */
function refuseBadRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  socket.on('error', ignore);
  const { status, message } = statusOf(error.code);
  refuseSocket(socket, { status, code: 'bad-frame', message });
}

function statusOf(code: string | undefined): { status: number; message: string } {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { status: 431, message: 'Cannot read the request: its headers are too large' };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, message: 'Cannot wait longer for the request' };
  return { status: 400, message: 'Cannot read the request: it is not HTTP' };
}

function ignore(): void {
  // The socket closes by itself; there is nobody left to tell.
}
