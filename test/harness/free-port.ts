import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to who asks for any, so that none of the tests beside gets it meanwhile. */
const LOWEST = 20_000;
const BEYOND = 32_000;
const ATTEMPTS = 100;

/** A port of 127.0.0.1 that nothing listens on. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST, BEYOND);
    const server = createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      return port;
    } catch {
      // Something listens there.
    } finally {
      server.close();
    }
  }
  throw new Error('Cannot find a free port');
}
