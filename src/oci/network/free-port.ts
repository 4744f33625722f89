import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';

import { AgentError, errorMessage } from '../../protocol/agent-error.ts';
import { isEverywhere, type PortForward, portName } from './network-spec.ts';

const EVERYWHERE = '0.0.0.0';

/**
 * Whether no program of this machine listens at the port. Errors: AgentError `bad-arguments` for an address that is not the
 * machine's, `no-resources` when it can't be tried.
 */
export async function isPortFree(forward: PortForward): Promise<boolean> {
  const { hostPort, protocol, hostAddress = EVERYWHERE } = forward;
  checkHostAddress(forward, networkInterfaces());
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
    throw new AgentError(
      'no-resources',
      `Cannot forward port ${portName(forward)} of the machine: it can not be tried: ${errorMessage(cause)}`,
      { cause },
    );
  }
}

/** Errors: AgentError `bad-arguments` for an address that the machine has by none of its interfaces. */
export function checkHostAddress(forward: PortForward, interfaces: ReturnType<typeof networkInterfaces>): void {
  const { hostAddress } = forward;
  // All that begin so are the machine itself.
  if (hostAddress === undefined || isEverywhere(hostAddress) || hostAddress.startsWith('127.')) return;
  const own = Object.values(interfaces).flatMap((addresses = []) =>
    addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  );
  if (own.includes(hostAddress)) return;
  throw new AgentError(
    'bad-arguments',
    `Cannot forward port ${forward.hostPort} (${forward.protocol}) of the machine: it has no address ${hostAddress}; it has ${own.join(', ') || 'none'}`,
  );
}
