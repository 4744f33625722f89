import { AgentError } from '../protocol/agent-error.ts';
import { ENDPOINT_PATH } from '../protocol/version.ts';

/** Where an agent listens when nobody said otherwise. */
export const DEFAULT_URL = 'ws://127.0.0.1:7411';

/** Where to connect to. */
export interface AgentAddress {
  /** As the caller gave it, for messages. */
  readonly url: string;
  /** What the WebSocket handshake is told. */
  readonly target: string;
  /** Path of the unix socket; missing for TCP. */
  readonly socketPath?: string;
}

/**
 * Reads `ws://host:port`, `wss://host:port` or `unix:/path`. A URL without a path means the agent's
 * endpoint. Errors: AgentError `bad-arguments`.
 */
export function parseAddress(url: string): AgentAddress {
  if (url.startsWith('unix:')) return parseUnixAddress(url);
  if (!URL.canParse(url)) throw unreadable(url, 'it is no URL');
  const parsed = new URL(url);
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:')
    throw unreadable(url, 'it must begin with "ws://", "wss://" or "unix:"');
  if (parsed.username !== '' || parsed.password !== '')
    throw unreadable(url, 'a token is an option, not a part of the URL');
  parsed.hash = '';
  if (parsed.pathname === '/' || parsed.pathname === '') parsed.pathname = ENDPOINT_PATH;
  return { url, target: parsed.href };
}

function parseUnixAddress(url: string): AgentAddress {
  const socketPath = url.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (socketPath === '') throw unreadable(url, 'the path of the socket is missing');
  return { url, target: `ws://localhost${ENDPOINT_PATH}`, socketPath };
}

function unreadable(url: string, why: string): AgentError {
  return new AgentError('bad-arguments', `Cannot read the address "${url}": ${why}`);
}
