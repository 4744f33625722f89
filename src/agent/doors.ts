/** How clients get in: the token and the server. */
import type { Clock } from '../base/clock.ts';
import type { Engine } from '../engine/engine.ts';
import { anyOf } from '../security/authenticator.ts';
import { certificateAuthenticator } from '../security/certificate-authenticator.ts';
import type { TlsFiles } from '../security/tls.ts';
import { TokenAuthenticator } from '../security/token-authenticator.ts';
import { loadToken, readToken } from '../security/token-file.ts';
import { startServer } from '../server/server.ts';
import type { Server, ServerOptions } from '../server/server.ts';
import { keepsSecrets, type Logger } from '../telemetry/logger.ts';
import type { Config } from './config.ts';
import { AGENT_VERSION } from './version.ts';

export interface DoorsOptions extends Pick<ServerOptions, 'ready' | 'metrics'> {
  readonly config: Config;
  readonly name: string;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tokenFile: string;
}

/** A token file that was read and the server whose doors it opens. */
export class Doors {
  readonly server: Server;
  readonly #authenticator: TokenAuthenticator;
  readonly #options: DoorsOptions;
  #token: string;

  private constructor(options: DoorsOptions, token: string, authenticator: TokenAuthenticator, server: Server) {
    this.#options = options;
    this.#token = token;
    this.#authenticator = authenticator;
    this.server = server;
  }

  /** Errors: AgentError of a token file, a certificate or an address that can't be used. */
  static async open(options: DoorsOptions): Promise<Doors> {
    const { config, name, engine, clock, logger, tokenFile, ready, metrics } = options;
    const token = await loadToken(tokenFile);
    if (keepsSecrets(logger)) logger.secrets.add(token);
    const authenticator = new TokenAuthenticator(token);
    const server = await startServer({
      listeners: config.agent.listen.map((url) => ({ url, ...tlsOf(config, url) })),
      intake: engine,
      jobs: engine,
      authenticator: anyOf([certificateAuthenticator, authenticator]),
      agent: { name, version: AGENT_VERSION },
      logger: logger.child({ part: 'server' }),
      ready,
      metrics,
      origins: config.server.origins,
      hosts: config.server.hosts,
      limits: config.server.limits,
      clock,
    });
    return new Doors(options, token, authenticator, server);
  }

  /** Reads token and certificates again; sessions of an old token are dropped. */
  async reload(): Promise<void> {
    const { logger, tokenFile } = this.#options;
    const token = await readToken(tokenFile);
    if (token !== this.#token) {
      this.#token = token;
      if (keepsSecrets(logger)) logger.secrets.add(token);
      this.#authenticator.replace(token);
      this.server.dropSessions(4011, (who) => who.via === 'token');
    }
    await this.server.reloadCertificates();
  }
}

function tlsOf(config: Config, url: string): { tls?: TlsFiles } {
  const { tls } = config.server;
  return tls === undefined || !url.startsWith('wss:') ? {} : { tls };
}
