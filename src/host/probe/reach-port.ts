import { connect } from 'node:net';
import type { NetConnectOpts } from 'node:net';
import { errorMessage } from '../../protocol/agent-error.ts';

/** Where connections may be accepted: a TCP port, or a unix socket. */
export type PortTarget =
  | { readonly type: 'tcp'; readonly host: string; readonly port: number }
  | { readonly type: 'unix'; readonly path: string };

/** How messages call it: `127.0.0.1:80`, `unix:/run/db.sock`. */
export function portName(target: PortTarget): string {
  if (target.type === 'unix') return `unix:${target.path}`;
  return `${target.host.includes(':') ? `[${target.host}]` : target.host}:${String(target.port)}`;
}

/**
 * Connects once and closes at once. Resolves when the connection was accepted. Errors: what the system says; the
 * signal's reason.
 */
export async function reachPort(target: PortTarget, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect(connection(target));
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once('connect', resolve).once('error', reject);
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    // A connection that is given up may still fail, and nobody is there to hear of it.
    socket.on('error', () => undefined).destroy();
  }
}

/** Why a connection came to nothing, in few words. */
export function connectionTrouble(error: unknown): string {
  // Node tries every address of a name and fails with all their errors, whose own message is empty.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = first instanceof Error && 'code' in first ? String(first.code) : '';
  return KNOWN[code] ?? errorMessage(first);
}

const KNOWN: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOENT: 'there is no such socket',
  EACCES: 'it may not be opened',
  ENOTSOCK: 'it is no socket',
  ECONNRESET: 'the connection was cut off',
  EHOSTUNREACH: 'no way leads to the host',
  ENETUNREACH: 'no way leads to the network',
  ETIMEDOUT: 'the host does not answer',
  ENOTFOUND: 'the name of the host is unknown',
  EAI_AGAIN: 'the name of the host can’t be looked up now',
};

function connection(target: PortTarget): NetConnectOpts {
  return target.type === 'unix' ? { path: target.path } : { host: target.host, port: target.port };
}
