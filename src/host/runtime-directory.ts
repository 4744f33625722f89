/** Directories of sockets that belong to one data directory: agents that share a base don't meet in them. */
import { createHash } from 'node:crypto';
import { rmdirSync } from 'node:fs';
import path from 'node:path';

const SHORT_NAME_LENGTH = 12;
const SHORT_NAME = new RegExp(`^[0-9a-f]{${String(SHORT_NAME_LENGTH)}}$`);

/** A name for a directory that is short enough for a socket's path, and always the same. */
export function shortDirectoryName(directory: string): string {
  return createHash('sha256').update(directory).digest('hex').slice(0, SHORT_NAME_LENGTH);
}

/** Removes a directory of sockets if it was made for one data directory and nothing is in it any more. */
export function leaveRuntimeDir(directory: string): void {
  if (!SHORT_NAME.test(path.basename(directory))) return;
  try {
    rmdirSync(directory);
  } catch {
    // Agent or keeper still listens there, or the other was quicker.
  }
}
