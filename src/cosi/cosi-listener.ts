/** One place where clients of the service get in: a unix socket, or TLS with certificates on both sides. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';

import { AgentError, errorMessage } from '../protocol/agent-error.ts';
import { loadTls, type TlsFiles } from '../security/tls.ts';
import { listenPrivately, prepareSocketPath } from '../security/unix-socket.ts';
import { type CosiAddress, parseCosiAddress } from './cosi-address.ts';

/** Certificates of a listener on a network; clients need one of their own. */
export type CosiTls = Required<TlsFiles>;

export interface CosiListenOptions {
  /** `unix:path` or `tls://host:port`. */
  readonly url: string;
  /** Needed for `tls:`. */
  readonly tls?: CosiTls | undefined;
}

const MAX_CONNECTIONS = 256;
const BACKLOG = 128;
/** A peer that says nothing for so long is asked whether it is there, milliseconds. */
const KEEP_ALIVE_MS = 30_000;

export class CosiListener {
  readonly #address: CosiAddress;
  readonly #server: Server | TlsServer;
  readonly #tls: CosiTls | undefined;

  private constructor(address: CosiAddress, server: Server | TlsServer, tls: CosiTls | undefined) {
    this.#address = address;
    this.#server = server;
    this.#tls = tls;
  }

  /**
   * Starts to listen; `onConnection` is given each connection whose caller may use the service.
   *
   * Errors: AgentError `bad-arguments` for an address or certificates that can't be used, `forbidden` when a living
   * process has the address.
   */
  static async open({ url, tls }: CosiListenOptions, onConnection: (socket: Socket) => void): Promise<CosiListener> {
    const address = parseCosiAddress(url);
    const server = address.type === 'unix' ? createServer() : await secured(url, tls);
    server.maxConnections = MAX_CONNECTIONS;
    server.on('connection', (socket: Socket) => {
      socket.on('error', ignore);
      if (address.type === 'tls') socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    });
    server.on(address.type === 'unix' ? 'connection' : 'secureConnection', onConnection);
    // Before the end of a handshake there is nobody to tell.
    server.on('tlsClientError', ignore);
    try {
      await listen(server, address);
    } catch (error) {
      server.close();
      if (error instanceof AgentError) throw error;
      throw new AgentError('bad-arguments', `Cannot listen on "${url}": ${errorMessage(error)}`, { cause: error });
    }
    return new CosiListener(address, server, tls);
  }

  /** Where clients find it: with the real port. */
  get endpoint(): string {
    if (this.#address.type === 'unix') return `unix:${this.#address.path}`;
    const { address, family, port } = this.#server.address() as AddressInfo;
    return `tls://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Reads the certificate files again; new connections get them. Errors: AgentError `bad-arguments`, and the old ones stay. */
  async reloadCertificates(): Promise<void> {
    if (this.#tls === undefined || !('setSecureContext' in this.#server)) return;
    this.#server.setSecureContext(await loadTls(this.#tls));
  }

  /** Takes no more connections. Those there are stay; the socket file goes. */
  stop(): void {
    if (this.#server.listening) this.#server.close();
  }
}

async function secured(url: string, tls: CosiTls | undefined): Promise<TlsServer> {
  if (tls === undefined) {
    throw new AgentError(
      'bad-arguments',
      `Cannot listen on "${url}": it needs a certificate, its key, and the authority of its clients’ certificates`,
    );
  }
  return createTlsServer({ ...(await loadTls(tls)), ALPNProtocols: ['h2'] });
}

async function listen(server: Server, address: CosiAddress): Promise<void> {
  const begin = async (options: { path?: string; host?: string; port?: number }): Promise<void> => {
    const listening = once(server, 'listening');
    server.listen({ ...options, backlog: BACKLOG });
    await listening;
  };
  if (address.type === 'tls') {
    await begin({ host: address.host, port: address.port });
    return;
  }
  await prepareSocketPath(address.path);
  await listenPrivately(address.path, () => begin({ path: address.path }));
}

function ignore(): void {
  // The connection closes by itself.
}
