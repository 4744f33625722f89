/** Where to listen, read from a URL. */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { errorMessage } from '../protocol/agent-error.ts';
import { badAddress, isUnixAddress, unixPathOf } from '../security/unix-socket.ts';

export type ListenAddress =
  | {
      readonly type: 'tcp';
      readonly url: string;
      readonly secure: boolean;
      readonly host: string;
      readonly port: number;
    }
  | { readonly type: 'unix'; readonly url: string; readonly path: string };

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Reads `ws://host:port`, `wss://host:port` or `unix:path`.
 *
 * Errors: AgentError `bad-arguments` that says what is wrong with it.
 */
export function parseListenAddress(url: string): ListenAddress {
  if (isUnixAddress(url)) return { type: 'unix', url, path: unixPathOf(url) };
  if (!/^wss?:\/\//.test(url)) {
    throw badAddress(url, 'it must be "ws://host:port", "wss://host:port" or "unix:path"');
  }
  const parsed = URL.parse(url);
  if (parsed === null) throw badAddress(url, 'it is no URL');
  if (parsed.username !== '' || parsed.password !== '') throw badAddress(url, 'a URL must hold no user or password');
  if ((parsed.pathname !== '/' && parsed.pathname !== '') || parsed.search !== '' || parsed.hash !== '') {
    throw badAddress(url, 'nothing may follow the port; the path is always the same');
  }
  // The URL parser drops a scheme’s own port; the text still has it.
  const port = parsed.port === '' ? defaultPort(url) : Number(parsed.port);
  return { type: 'tcp', url, secure: parsed.protocol === 'wss:', host: parsed.hostname.replace(/^\[|\]$/g, ''), port };
}

/** The address a host name stands for. Errors: AgentError `bad-arguments` when it has none. */
export async function resolveHost(address: ListenAddress & { readonly type: 'tcp' }): Promise<string> {
  if (isIP(address.host) !== 0) return address.host;
  try {
    return (await lookup(address.host)).address;
  } catch (error) {
    throw badAddress(address.url, errorMessage(error));
  }
}

/** The host of a `ws:` or `wss:` URL as it was written; undefined for others. */
export function hostOfListen(url: string): string | undefined {
  return isUnixAddress(url) ? undefined : URL.parse(url)?.hostname.replace(/^\[|\]$/g, '');
}

/** Whether only this machine can reach an address. */
export function isLoopback(ip: string): boolean {
  const plain = ip.startsWith('::ffff:') ? ip.slice('::ffff:'.length) : ip;
  const family = isIP(plain);
  return family !== 0 && LOOPBACK.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

function defaultPort(url: string): number {
  if (/:(80|443)\/?$/.test(url)) return url.startsWith('wss:') ? 443 : 80;
  throw badAddress(url, 'the port is missing; 0 means any free one');
}
