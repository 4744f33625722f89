/** Whose the files of a tree are, what may be done with them, and when they were written. */
import { chmodSync, lchownSync, lutimesSync, utimesSync } from 'node:fs';
import process from 'node:process';
import { joined } from '../../../files/entry-name.ts';
import type { Spot, Tree } from './tree.ts';

/** What is said of one entry. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** Gives an entry its owner, mode and time. Only root gives files away; for others they stay their own. */
export function own(spot: Spot, { uid, gid, mode, mtime }: Ownership, isLink = false): void {
  if (process.geteuid?.() === 0) lchownSync(spot, uid, gid);
  if (isLink) {
    lutimesSync(spot, mtime, mtime);
    return;
  }
  // After the owner: a change of that takes setuid away.
  chmodSync(spot, mode);
  utimesSync(spot, mtime, mtime);
}

/** Directories get theirs when all is in them: what is put into them changes their time, and may not be allowed any more. */
export class DirectoryOwners {
  readonly #directories = new Map<string, { readonly parts: readonly Buffer[]; readonly ownership: Ownership }>();

  set(parts: readonly Buffer[], ownership: Ownership): void {
    const key = joined(parts).toString('latin1');
    this.#directories.set(key, { parts: parts.map((part) => Buffer.from(part)), ownership });
  }

  /** Gives all directories that are still there theirs, the innermost first. */
  apply(tree: Tree): void {
    const innermostFirst = [...this.#directories.values()].toSorted((a, b) => b.parts.length - a.parts.length);
    for (const { parts, ownership } of innermostFirst) {
      // One that a later entry replaced or removed is gone.
      if (isWay(tree, parts)) own(spotOf(tree, parts), ownership);
    }
  }
}

/** Whether a path leads to a directory by way of directories. */
function isWay(tree: Tree, parts: readonly Buffer[]): boolean {
  if (parts.length === 0) return true;
  try {
    const spot = tree.find(parts);
    return spot !== undefined && tree.look(spot)?.isDirectory() === true;
  } catch {
    return false;
  }
}

function spotOf(tree: Tree, parts: readonly Buffer[]): Spot {
  // The path of the root is a link to it, and an owner is given to a link itself.
  return parts.length === 0 ? Buffer.concat([tree.root, Buffer.from('/.')]) : tree.at(parts);
}
