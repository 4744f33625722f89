/** Single files into the tree of a container and out of it. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { fileType } from '../../../files/file-type.ts';
import { readFully, writeFully } from '../../../files/file-bytes.ts';
import type { Held } from '../../../files/held.ts';
import { AgentError } from '../../../protocol/agent-error.ts';
import { explained } from '../../../protocol/file-error.ts';
import type { Inside } from './inside.ts';

const { O_CREAT, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const DEFAULT_MODE = 0o644;
/** Files of /proc say that they are empty. */
const LEAST_READ = 64 * 1024;
/** What directories get that are missing on the way. */
const PARENT_MODE = 0o755;

export interface CopyInOptions {
  /** Bits of its mode. Default 0644. */
  readonly mode?: number;
  /** Owner, as numbers of this machine, also of directories that are made. Default: the agent's. */
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Puts a file into a tree, in place of one that is there: whoever reads it sees the old or the new one. Directories on the
 * way are made; links are followed as a process in the tree would.
 *
 * Errors: AgentError `bad-path` for a directory or anything but a file, and those of files.
 */
export async function copyIn(
  tree: Inside,
  path: string,
  bytes: Uint8Array,
  options: CopyInOptions = {},
): Promise<void> {
  await explained(`write "${path}" in the container`, async () => {
    const { uid = 0, gid = 0 } = options;
    await using found = await tree.find(path, {
      make: { mode: PARENT_MODE, ...(uid + gid > 0 && { owner: { uid, gid } }) },
    });
    const { parent, name, node } = found;
    const type = node === undefined ? 'file' : fileType(await node.stat());
    if (parent === undefined || type !== 'file') {
      throw new AgentError(
        'bad-path',
        `Cannot write "${path}" in the container: it is a ${parent === undefined ? 'directory' : type}`,
      );
    }
    await replace(tree, parent, name, bytes, options);
  });
}

async function replace(
  tree: Inside,
  parent: Held,
  name: string,
  bytes: Uint8Array,
  options: CopyInOptions,
): Promise<void> {
  const { disk } = tree;
  const temporary = parent.at(`.corex-${randomUUID()}`);
  const file = await disk.do(() => open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
  try {
    try {
      const { uid, gid, mode = DEFAULT_MODE } = options;
      await disk.do(() => writeFully(file, bytes, 0));
      // By the descriptor: its name may be a link to somewhere else by now.
      if (uid !== undefined || gid !== undefined) await disk.do(() => file.chown(uid ?? 0, gid ?? 0));
      await disk.do(() => file.chmod(mode & 0o7777));
    } finally {
      await file.close();
    }
    await disk.do(() => rename(temporary, parent.at(name)));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/**
 * The bytes of a file of a tree. Errors: AgentError `no-such-file`, `bad-path` for anything but a file, `too-many` for one
 * longer than `maxBytes`, and those of files.
 */
export async function copyOut(tree: Inside, path: string, maxBytes: number): Promise<Buffer> {
  return await explained(`read "${path}" in the container`, async () => {
    await using found = await tree.find(path);
    const { node } = found;
    if (node === undefined)
      throw new AgentError('no-such-file', `Cannot read "${path}" in the container: there is no such file`);
    const stats = await node.stat();
    const type = fileType(stats);
    if (type !== 'file') throw new AgentError('bad-path', `Cannot read "${path}" in the container: it is a ${type}`);
    const file = await tree.disk.do(() => open(node.path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
    try {
      // One more than it says, or a little of what says nothing, to see whether there is more.
      const size = Math.min(Math.max(Number(stats.size), LEAST_READ), maxBytes) + 1;
      const bytes = await tree.disk.do(() => readFully(file, size, 0));
      if (bytes.length <= maxBytes) return Buffer.from(bytes);
      throw new AgentError('too-many', `Cannot read "${path}" in the container: it is longer than ${maxBytes} bytes`);
    } finally {
      await file.close();
    }
  });
}
