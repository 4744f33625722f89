/** Where the service is: read from a URL, by the server and by clients. */
import { badAddress, isUnixAddress, unixPathOf } from '../security/unix-socket.ts';

export type CosiAddress =
  | { readonly type: 'unix'; readonly path: string }
  /** `port` 0: any free one, for servers. */
  | { readonly type: 'tls'; readonly host: string; readonly port: number };

/**
 * Reads `unix:path` or `tls://host:port`.
 *
 * Errors: AgentError `bad-arguments` that says what is wrong with it.
 */
export function parseCosiAddress(url: string): CosiAddress {
  if (isUnixAddress(url)) return { type: 'unix', path: unixPathOf(url) };
  const parsed = url.startsWith('tls://') ? URL.parse(url) : null;
  if (parsed === null) {
    throw badAddress(url, 'it must be "unix:path" or "tls://host:port"; without TLS there is no way in over a network');
  }
  if (parsed.hostname === '' || parsed.port === '') throw badAddress(url, 'host or port is missing');
  if (`${parsed.username}${parsed.password}${parsed.search}${parsed.hash}` !== '' || !/^\/?$/.test(parsed.pathname)) {
    throw badAddress(url, 'it holds host and port, and nothing else');
  }
  return { type: 'tls', host: parsed.hostname.replace(/^\[|\]$/g, ''), port: Number(parsed.port) };
}
