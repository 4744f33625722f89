import { constants } from 'node:fs';
import { rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { AgentError } from '../../protocol/agent-error.ts';
import { nameText } from './describe-file.ts';
import type { Disk } from './disk.ts';
import { errnoOf } from '../../protocol/file-error.ts';
import type { Held, Name } from '../../files/held.ts';
import { readDirectory } from '../../files/read-directory.ts';
import { DEEPEST, type TreeWork } from './tree-work.ts';

/** A directory that others fill while it is emptied is gone through so often. */
const ROUNDS = 8;

export interface Removal {
  readonly disk: Disk;
  readonly work: TreeWork;
  /** Told of each directory before it is emptied: what may not be removed is refused by throwing. */
  readonly guard: (directory: Held) => Promise<void>;
}

/** Removes what a name in a held directory stands for, with all in it. Links are removed, never followed. What is gone already is no trouble. */
export async function removeTree(removal: Removal, parent: Held, name: Name, shown: string, depth = 0): Promise<void> {
  const { disk, work } = removal;
  work.check();
  try {
    const isDirectory = await unlinked(disk, parent, name);
    if (isDirectory) await removeDirectory(removal, parent, name, shown, depth);
    else work.succeeded();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') work.trouble(shown, error);
  }
}

/** Removes whatever is no directory; true when it is one. */
async function unlinked(disk: Disk, parent: Held, name: Name): Promise<boolean> {
  try {
    await disk.do(() => unlink(parent.at(name)));
    return false;
  } catch (error) {
    if (errnoOf(error) === 'EISDIR') return true;
    throw error;
  }
}

async function removeDirectory(
  removal: Removal,
  parent: Held,
  name: Name,
  shown: string,
  depth: number,
): Promise<void> {
  const { disk, work } = removal;
  if (depth >= DEEPEST) throw new AgentError('not-able', `it is ${DEEPEST} directories deep; remove it from inside`);
  for (let round = 1; ; round += 1) {
    const failed = work.failed;
    await empty(removal, parent, name, shown, depth);
    // What it holds and could not be removed was told already.
    if (work.failed > failed) return;
    try {
      await disk.do(() => rmdir(parent.at(name)));
      work.succeeded();
      return;
    } catch (error) {
      if (errnoOf(error) !== 'ENOTEMPTY' || round === ROUNDS) throw error;
    }
  }
}

async function empty(removal: Removal, parent: Held, name: Name, shown: string, depth: number): Promise<void> {
  await using directory = await parent.child(name, constants.O_NOFOLLOW | constants.O_DIRECTORY);
  if (directory === undefined) return;
  await removal.guard(directory);
  for await (const batch of readDirectory(removal.disk, directory)) {
    for (const entry of batch) {
      await removeTree(removal, directory, entry, path.join(shown, nameText(entry)), depth + 1);
    }
  }
}
