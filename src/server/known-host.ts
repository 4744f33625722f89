import { isIP } from 'node:net';
import { isLoopback } from './listen-address.ts';

/**
 * Whether a `Host` header names this agent: loopback, the very address the connection came to, or one
 * of the names it was given. Any other name may be a page’s own domain pointed at us (DNS rebinding).
 */
export function isKnownHost(
  header: string | undefined,
  localAddress: string | undefined,
  names: ReadonlySet<string>,
): boolean {
  const host = hostOf(header);
  if (host === undefined) return false;
  if (host === 'localhost' || isLoopback(host) || names.has(host)) return true;
  return isIP(host) !== 0 && localAddress !== undefined && plainAddress(localAddress) === plainAddress(host);
}

/** The name or address of a `Host` header, without port and brackets, in lower case. */
export function hostOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/@[\]]+?))\.?(?::\d{1,5})?$/i.exec(header);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
