/** Addresses the agent listens on, as they are configured. */

export type ListenAddress =
  | { readonly type: 'unix'; readonly path: string }
  | { readonly type: 'tcp'; readonly host: string; readonly port: number; readonly tls: boolean };

/** A path of 108 bytes or more does not fit into a unix socket's address. */
const LONGEST_SOCKET_PATH = 107;

const TCP = /^(wss?):\/\/(\[[0-9a-f:.]+\]|[^/:[\]]+):(\d{1,5})\/?$/i;

/** Reads `unix:PATH`, `ws://HOST:PORT` or `wss://HOST:PORT`; a text when it can't, saying what was expected. */
export function parseListenAddress(text: string): ListenAddress | string {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    if (path === '' || path.includes('\0')) return 'expected a path after "unix:"';
    const bytes = Buffer.byteLength(path);
    if (bytes > LONGEST_SOCKET_PATH)
      return `expected a path of at most ${LONGEST_SOCKET_PATH} bytes, and it has ${bytes}`;
    return { type: 'unix', path };
  }
  const [, scheme = '', host = '', digits = ''] = TCP.exec(text) ?? [];
  const port = Number(digits);
  if (host === '' || port > 65_535) return 'expected "unix:PATH", "ws://HOST:PORT" or "wss://HOST:PORT"';
  return { type: 'tcp', host: host.replace(/^\[|\]$/g, ''), port, tls: scheme.toLowerCase() === 'wss' };
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
