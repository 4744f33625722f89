import { isIPv4 } from 'node:net';
import type { ContainerConfig } from '../../protocol/container.ts';
import { UsageError } from '../cli-error.ts';

/** An address may stand first, in brackets where it has colons itself. */
const WRITTEN = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):(?=\d*:))?(\d{1,5})(?::(\d{1,5}))?(?:\/(tcp|udp))?$/;

/** What `--publish` is given: `[ADDRESS:]PORT[:INNER][/udp]`. Errors: UsageError. */
export function readPort(text: string): ContainerConfig['ports'][number] {
  const [, bracketed, plain, host, container = host, protocol = 'tcp'] = WRITTEN.exec(text) ?? [];
  const ports = [Number(host), Number(container)];
  if (host === undefined || ports.some((port) => port < 1 || port > 65_535)) {
    throw new UsageError(
      `Cannot read --publish "${text}": 8080:80, 5353:53/udp or 127.0.0.1:8080:80 is wanted, with ports from 1 to 65535`,
    );
  }
  const address = bracketed ?? plain;
  if (address !== undefined && !isIPv4(address)) {
    const why =
      bracketed === undefined ? 'is no IPv4 address' : 'is not one of IPv4, and networks of containers have no other';
    throw new UsageError(`Cannot read --publish "${text}": "${address}" ${why}; 127.0.0.1:8080:80 is wanted`);
  }
  return {
    host: Number(host),
    container: Number(container),
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    ...(address !== undefined && { host_ip: address }),
  };
}
