import { makeToken } from '../../src/security/token-file.ts';
import { TokenAuthenticator } from '../../src/security/token-authenticator.ts';
import { startServer } from '../../src/server/server.ts';
import type { Server, ServerOptions } from '../../src/server/server.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { FakeEngine } from '../fakes/fake-engine.ts';
import { WireClient } from './wire-client.ts';

export interface FakeServer extends AsyncDisposable {
  readonly server: Server;
  readonly engine: FakeEngine;
  readonly token: string;
  readonly authenticator: TokenAuthenticator;
  /** The first endpoint. */
  readonly url: string;
  readonly authorization: Readonly<Record<string, string>>;
  connect(): Promise<WireClient>;
}

/** A server with a fake engine behind it, on a free loopback port unless told otherwise. */
export async function startFakeServer(options: Partial<ServerOptions> = {}): Promise<FakeServer> {
  const engine = new FakeEngine();
  const token = makeToken();
  const authenticator = new TokenAuthenticator(token);
  const server = await startServer({
    listeners: [{ url: 'ws://127.0.0.1:0' }],
    intake: engine,
    jobs: engine.jobs,
    authenticator,
    agent: { name: 'fake', version: '0.0.0' },
    logger: silentLogger,
    ready: () => ({ ready: true, reasons: [] }),
    metrics: async () => 'corex_up 1\n',
    ...options,
  });
  const authorization = { Authorization: `Bearer ${token}` };
  const url = server.endpoints[0]!;
  return {
    server,
    engine,
    token,
    authenticator,
    url,
    authorization,
    connect: () => WireClient.open(url, { headers: authorization }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
