// A small web server of a test.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Served extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, or of a socket. */
  readonly url: string;
}

/** Serves on a free port, or on a unix socket, until it is disposed. */
export async function serve(listener: RequestListener, socket?: string): Promise<Served> {
  const server = createServer(listener);
  if (socket === undefined) server.listen(0, '127.0.0.1');
  else server.listen(socket);
  await once(server, 'listening');
  const url = socket === undefined ? `http://127.0.0.1:${(server.address() as AddressInfo).port}` : 'http://unix';
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
