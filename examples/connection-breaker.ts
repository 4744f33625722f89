/** Stands between a client and an agent and breaks their connections, for examples about that. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface ConnectionBreaker extends AsyncDisposable {
  /** Where to connect instead. */
  readonly url: string;
  breakAll(): void;
}

export async function connectionBreaker(agentUrl: string): Promise<ConnectionBreaker> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const agent = agentUrl.startsWith('unix:')
      ? connect(agentUrl.slice('unix:'.length))
      : connect(Number(new URL(agentUrl).port), new URL(agentUrl).hostname);
    for (const socket of [client, agent]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    client.pipe(agent).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    breakAll,
    [Symbol.asyncDispose]: async () => {
      breakAll();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
