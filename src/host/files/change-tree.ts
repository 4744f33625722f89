import { constants, type BigIntStats } from 'node:fs';
import path from 'node:path';
import { AgentError } from '../../protocol/agent-error.ts';
import { nameText } from './describe-file.ts';
import type { Disk } from './disk.ts';
import { errnoOf } from '../../protocol/file-error.ts';
import type { Held, Name } from '../../files/held.ts';
import { readDirectory } from '../../files/read-directory.ts';
import { DEEPEST, type TreeWork } from './tree-work.ts';

/** What a change is made to: something held, and the name it was found by. */
export interface ChangeTarget {
  readonly node: Held;
  readonly stats: BigIntStats;
  readonly parent: Held | undefined;
  readonly name: Name;
}

export interface Change {
  readonly disk: Disk;
  readonly work: TreeWork;
  /** Changes one entry. False: there is nothing to change of it. */
  readonly apply: (target: ChangeTarget) => Promise<boolean>;
}

/**
 * Makes a change to something held, and to all below it, never to what a link there leads to. A directory is gone
 * through before it is changed, so that a mode that locks us out does so last; one that we are locked out of, after.
 */
export async function changeTree(
  change: Change,
  target: ChangeTarget,
  shown: string,
  isRecursive: boolean,
  depth = 0,
): Promise<void> {
  const { work } = change;
  work.check();
  try {
    const isOpen =
      !isRecursive || !target.stats.isDirectory() || (await changeInside(change, target.node, shown, depth));
    if (await change.apply(target)) work.succeeded();
    if (!isOpen && !(await changeInside(change, target.node, shown, depth))) work.trouble(shown, new NotReadable());
  } catch (error) {
    work.trouble(shown, error);
  }
}

/** A directory was changed, and what is in it could not be. */
class NotReadable extends Error {
  override readonly name = 'NotReadable';
  readonly code = 'EACCES';
}

/** False: it may not be read. */
async function changeInside(change: Change, directory: Held, shown: string, depth: number): Promise<boolean> {
  if (depth >= DEEPEST) throw new AgentError('not-able', `it is ${DEEPEST} directories deep; begin further inside`);
  try {
    for await (const batch of readDirectory(change.disk, directory)) {
      for (const name of batch) await changeName(change, directory, name, path.join(shown, nameText(name)), depth + 1);
    }
  } catch (error) {
    if (errnoOf(error) === 'EACCES') return false;
    throw error;
  }
  return true;
}

async function changeName(change: Change, parent: Held, name: Buffer, shown: string, depth: number): Promise<void> {
  try {
    await using node = await parent.child(name, constants.O_NOFOLLOW);
    if (node === undefined) return;
    await changeTree(change, { node, stats: await node.stat(), parent, name }, shown, true, depth);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') change.work.trouble(shown, error);
  }
}
