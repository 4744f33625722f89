import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

import type { PortForward } from './network-spec.ts';

const EVERYWHERE = '0.0.0.0';

/** Whether no program of this machine listens at the port. */
export async function isPortFree({ hostPort, protocol, hostAddress = EVERYWHERE }: PortForward): Promise<boolean> {
  try {
    if (protocol === 'tcp') {
      const server = createServer().listen({ port: hostPort, host: hostAddress, exclusive: true });
      await once(server, 'listening');
      server.close();
      await once(server, 'close');
    } else {
      const socket = createSocket('udp4').bind({ port: hostPort, address: hostAddress, exclusive: true });
      await once(socket, 'listening');
      socket.close();
      await once(socket, 'close');
    }
    return true;
  } catch {
    return false;
  }
}
