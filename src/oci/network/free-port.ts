import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

import { AgentError, errorMessage } from '../../protocol/agent-error.ts';
import type { PortForward } from './network-spec.ts';

const EVERYWHERE = '0.0.0.0';

/**
 * Whether no program of this machine listens at the port. Errors: AgentError `bad-arguments` for an address that is not the
 * machine's, `no-resources` when it can't be tried.
 */
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
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EADDRINUSE') return false;
    const about = `Cannot forward port ${hostPort} (${protocol}) of the machine`;
    if (code === 'EADDRNOTAVAIL') {
      throw new AgentError('bad-arguments', `${about}: it has no address ${hostAddress}`, { cause });
    }
    throw new AgentError('no-resources', `${about}: it can not be tried: ${errorMessage(cause)}`, { cause });
  }
}
