/** How a browser, which can set no header, hands over its token: as an entry of the subprotocol list. */
import { BEARER_SUBPROTOCOL_PREFIX, SUBPROTOCOL } from '../protocol/version.ts';

/** The subprotocols a client asks for when it hands over its token this way. */
export function bearerSubprotocols(token: string): string[] {
  return [SUBPROTOCOL, `${BEARER_SUBPROTOCOL_PREFIX}${Buffer.from(token).toString('base64url')}`];
}

/** The token in a list of subprotocols; undefined when there is none. */
export function tokenOfSubprotocols(protocols: readonly string[]): string | undefined {
  const entry = protocols.find((protocol) => protocol.startsWith(BEARER_SUBPROTOCOL_PREFIX));
  if (entry === undefined) return undefined;
  return Buffer.from(entry.slice(BEARER_SUBPROTOCOL_PREFIX.length), 'base64url').toString();
}

/** The entries of a `Sec-WebSocket-Protocol` header. */
export function splitSubprotocols(header: string | undefined): string[] {
  if (header === undefined) return [];
  return header
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '');
}
