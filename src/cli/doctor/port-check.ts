import { once } from 'node:events';
import { createServer } from 'node:net';
import { ok, warn, type Check } from './check.ts';

/** Where an agent listens for WebSockets unless it is told otherwise. */
const DEFAULT_PORT = 7411;

/** Whether an agent that is to be started could have its port. */
export async function portCheck(port = DEFAULT_PORT): Promise<Check> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return ok('Port', `${port} is free`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return warn('Port', `${port} can not be had: ${why}`, 'Another agent may have it: use --listen ws://127.0.0.1:0');
  } finally {
    server.close();
  }
}
