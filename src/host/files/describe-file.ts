import { lstat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import type { FileEntry, FileInfo } from '../../protocol/files.ts';
import type { Disk } from './disk.ts';
import type { Held, Name } from '../../files/held.ts';
import { fileType } from '../../files/file-type.ts';
import { ownerNames } from './owners.ts';

/** The bits of a mode that chmod sets. */
const PERMISSIONS = 0o7777n;

/** All that is told of a file. */
export async function fileInfo(
  disk: Disk,
  path: string,
  stats: BigIntStats,
  target: string | undefined,
): Promise<FileInfo> {
  const { user, group } = await ownerNames(disk, { uid: Number(stats.uid), gid: Number(stats.gid) });
  return {
    path,
    ...basics(stats),
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
    accessed: milliseconds(stats.atimeNs),
    modified: milliseconds(stats.mtimeNs),
    changed: milliseconds(stats.ctimeNs),
    links: Number(stats.nlink),
    ...(target === undefined ? {} : { target }),
  };
}

/** What is told of a name in a directory. Errors: ENOENT when it is gone. */
export async function fileEntry(disk: Disk, directory: Held, name: Buffer): Promise<FileEntry> {
  const stats = await disk.do(() => lstat(directory.at(name), { bigint: true }));
  const target = stats.isSymbolicLink() ? await directory.target(name) : undefined;
  return {
    ...nameOf(name),
    ...basics(stats),
    modified: milliseconds(stats.mtimeNs),
    ...(target === undefined ? {} : { target }),
  };
}

/** A name for people and messages. */
export function nameText(name: Name): string {
  return typeof name === 'string' ? name : name.toString('utf8');
}

/** The bits that chmod sets. */
export function permissionsOf(stats: BigIntStats): number {
  return Number(stats.mode & PERMISSIONS);
}

function nameOf(bytes: Buffer): Pick<FileEntry, 'name' | 'name_base64'> {
  const name = nameText(bytes);
  return Buffer.from(name).equals(bytes) ? { name } : { name, name_base64: bytes.toString('base64') };
}

function basics(stats: BigIntStats) {
  return {
    type: fileType(stats),
    size: Number(stats.size),
    mode: permissionsOf(stats),
    is_dir: stats.isDirectory(),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
  };
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n);
}
