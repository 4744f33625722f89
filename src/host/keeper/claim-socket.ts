import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname, join } from 'node:path';

/** Another keeper listens there. */
export class SocketTaken extends Error {
  override readonly name = 'SocketTaken';
}

/** A socket that is ours: its path leads to this server, and to no other, until it is released. */
export interface ClaimedSocket {
  /** False when the file was removed or is another's now. */
  isThere(): boolean;
  /** Removes the file, when it is still ours. */
  release(): void;
}

/**
 * Lets a server listen at a path, mode 0600, unless someone else listens there. Of many who try at once one succeeds:
 * each listens under a name of its own, which is then linked to the path, and linking never replaces anything.
 * A socket that nobody listens on is put aside first.
 *
 * Errors: {@link SocketTaken}, or that of the system.
 */
export async function claimSocket(server: Server, path: string): Promise<ClaimedSocket> {
  const own = nameBeside(path);
  server.listen(own);
  await once(server, 'listening');
  try {
    chmodSync(own, 0o600);
    const inode = inodeOf(own);
    for (;;) {
      if (link(own, path)) return claimed(path, inode);
      await putStaleAside(path);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

function claimed(path: string, inode: number | undefined): ClaimedSocket {
  const isThere = (): boolean => inodeOf(path) === inode;
  return {
    isThere,
    release: () => {
      if (isThere()) rmSync(path, { force: true });
    },
  };
}

function link(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function putStaleAside(path: string): Promise<void> {
  const inode = inodeOf(path);
  if (inode === undefined) return;
  if (await isListening(path)) throw new SocketTaken(`Another keeper listens on "${path}"`);
  const aside = nameBeside(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  // Someone else may have been quicker, so that this is a living one: it gets its place back.
  if (inodeOf(aside) !== inode) link(aside, path);
  rmSync(aside, { force: true });
}

/** Whether someone takes connections there, however slowly it answers. */
async function isListening(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    const code = codeOf(error);
    // What has no room for another connection is alive.
    return code !== 'ECONNREFUSED' && code !== 'ENOENT' && code !== 'ENOTSOCK';
  } finally {
    socket.destroy();
  }
}

/** Short: the path of a unix socket may hold few more bytes than ours has. */
function nameBeside(path: string): string {
  return join(dirname(path), `.${randomUUID().slice(0, 8)}`);
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
