import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, unlink, type FileHandle } from 'node:fs/promises';
import process from 'node:process';
import { AgentError } from '../../protocol/agent-error.ts';
import { fileType } from './describe-file.ts';
import type { Disk } from './disk.ts';
import { errnoOf } from '../../protocol/file-error.ts';
import type { Held } from './held.ts';
import { readDirectory } from './read-directory.ts';

/** What files begin with that are still on their way. */
const PREFIX = '.corex-upload-';
/** One that nothing was added to for so long was given up, milliseconds. */
const GIVEN_UP_MS = 24 * 60 * 60 * 1000;
/** Names of a directory that are looked at for those. */
const MOST_LOOKED_AT = 4096;
const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
const OWNER_ONLY = 0o600;

/** The file beside the target that an upload grows in. The same target and key always give the same one. */
export function partName(name: string, key: string): string {
  const digest = createHash('sha256').update(`${name}\0${key}`).digest('hex');
  return PREFIX + digest.slice(0, 32);
}

/** Opens that file, new or as an earlier request left it. Errors: `forbidden` when somebody else has put something there. */
export async function openPart(
  disk: Disk,
  parent: Held,
  part: string,
  path: string,
): Promise<{ file: FileHandle; size: number }> {
  const flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
  const file = await disk.do(() => open(parent.at(part), flags, OWNER_ONLY));
  const stats = await disk.do(() => file.stat({ bigint: true }));
  if (stats.isFile() && stats.nlink === 1n && Number(stats.uid) === process.geteuid?.())
    return { file, size: Number(stats.size) };
  await file.close();
  const type = fileType(stats);
  throw new AgentError(
    'forbidden',
    `Cannot upload to "${path}": the name "${part}" beside it is taken by somebody else (${type})`,
  );
}

/** Removes files of uploads that were given up, among the first names of a directory. Trouble is nobody's here. */
export async function removeGivenUp(disk: Disk, parent: Held, now: number): Promise<void> {
  let looked = 0;
  try {
    for await (const batch of readDirectory(disk, parent)) {
      for (const name of batch)
        if (name.subarray(0, PREFIX.length).toString() === PREFIX) await removeOld(disk, parent, name, now);
      looked += batch.length;
      if (looked >= MOST_LOOKED_AT) return;
    }
  } catch {
    // A directory that can't be read can still be written to.
  }
}

async function removeOld(disk: Disk, parent: Held, name: Buffer, now: number): Promise<void> {
  try {
    const stats = await disk.do(() => lstat(parent.at(name)));
    const isOurs = stats.isFile() && stats.uid === process.geteuid?.();
    if (isOurs && now - stats.mtimeMs > GIVEN_UP_MS) await disk.do(() => unlink(parent.at(name)));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
