import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import process from 'node:process';
import { AgentError } from '../../protocol/agent-error.ts';
import { fileType } from '../../files/file-type.ts';
import type { Disk } from './disk.ts';
import type { Held } from '../../files/held.ts';

/** What files begin with that are still on their way. */
export const PART_PREFIX = '.corex-upload-';
const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
const OWNER_ONLY = 0o600;

/** The file beside the target that an upload grows in. The same target and key always give the same one. */
export function partName(name: string, key: string): string {
  const digest = createHash('sha256').update(`${name}\0${key}`).digest('hex');
  return PART_PREFIX + digest.slice(0, 32);
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
