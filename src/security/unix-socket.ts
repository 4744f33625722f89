/** The file of a unix socket: its directory, what a dead agent left there, and who may open it. */
import { chmod, lstat, mkdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { AgentError } from '../protocol/agent-error.ts';

/** Bytes the kernel takes for the path of a unix socket, the ending zero included. */
const UNIX_PATH_BYTES = 108;

/** How long a listener that is there may take to accept before it counts as alive. */
const PROBE_MS = 2000;

/** Whether an address is one of a unix socket. */
export function isUnixAddress(url: string): boolean {
  return url.startsWith('unix:');
}

/** The absolute path in `unix:path`. Errors: AgentError `bad-arguments` for one that no socket can have. */
export function unixPathOf(url: string): string {
  const written = url.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (written === '') throw badAddress(url, 'the path is missing');
  if (written.includes('\0')) throw badAddress(url, 'a path holds no NUL');
  const absolute = path.resolve(written);
  const bytes = Buffer.byteLength(absolute);
  if (bytes >= UNIX_PATH_BYTES) {
    throw badAddress(
      url,
      `its path is ${bytes} bytes long, a unix socket takes at most ${UNIX_PATH_BYTES - 1}. Choose a shorter directory`,
    );
  }
  return absolute;
}

/** An address nobody can listen on. */
export function badAddress(url: string, why: string): AgentError {
  return new AgentError('bad-arguments', `Cannot listen on "${url}": ${why}`);
}

/**
 * Makes the directory (0700), and the path free: the socket file of an agent that died is removed.
 *
 * Errors: AgentError `forbidden` when a living process listens there, when something else than a socket
 * is there, or when others could put their own socket in its place.
 */
export async function prepareSocketPath(socketPath: string): Promise<void> {
  const directory = path.dirname(socketPath);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { mode } = await stat(directory);
  const othersWrite = (mode & 0o022) !== 0;
  const isSticky = (mode & 0o1000) !== 0;
  if (othersWrite && !isSticky) {
    throw new AgentError(
      'forbidden',
      `Cannot listen on "unix:${socketPath}": others may write in its directory. Run: chmod 700 "${directory}"`,
    );
  }
  const there = await lstat(socketPath).catch(() => undefined);
  if (there === undefined) return;
  if (!there.isSocket()) {
    throw new AgentError('forbidden', `Cannot listen on "unix:${socketPath}": there is something else than a socket`);
  }
  if (await isAlive(socketPath)) {
    throw new AgentError(
      'forbidden',
      `Cannot listen on "unix:${socketPath}": another process listens there. Stop it, or choose another path`,
    );
  }
  await rm(socketPath, { force: true });
}

/** Runs `listen`, which binds the socket before it returns, so that the file never had a wider mode than 0600. */
export async function listenPrivately(socketPath: string, listen: () => Promise<void>): Promise<void> {
  const before = process.umask(0o177);
  let listening: Promise<void>;
  try {
    listening = listen();
  } finally {
    process.umask(before);
  }
  await listening;
  await chmod(socketPath, 0o600);
}

/** Whether a process accepts connections there. One that is there but too busy to answer is alive. */
function isAlive(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const settle = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.setTimeout(PROBE_MS, () => settle(true));
    socket.once('connect', () => settle(true));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      settle(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}
