/**
 * A tree that an archive is written into. Every directory on the way is held by a descriptor and entered without following
 * links, so nothing is ever written outside, whatever the archive has made before. Synchronous: it lives in a process of its own.
 */
import { closeSync, constants, lstatSync, mkdirSync, openSync, rmSync, type Stats } from 'node:fs';
import { errnoOf } from '../../../protocol/file-error.ts';
import { ArchiveError, shownName } from '../../../files/archive-error.ts';
import { joined } from '../../../files/entry-name.ts';

/** Linux: a descriptor that only says what is meant. */
const O_PATH = 0o10000000;
const INTO = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** What a directory gets that no entry speaks of. */
const IMPLIED_MODE = 0o755;

interface Step {
  readonly name: Buffer;
  readonly fd: number;
}

/** Where an entry belongs: a path that begins at a held directory, so that its last part alone is looked up. */
export type Spot = Buffer;

export class Tree implements Disposable {
  readonly #root: number;
  /** Directories from the root to where the last entry was: most entries are in the same. */
  #steps: Step[] = [];
  readonly #onImplied: (parts: readonly Buffer[]) => void;

  /** `onImplied`: told of each directory that is made because something is in it. */
  constructor(root: string, onImplied: (parts: readonly Buffer[]) => void = () => undefined) {
    this.#root = openSync(root, O_PATH | constants.O_DIRECTORY);
    this.#onImplied = onImplied;
  }

  /** A path that leads to the root. */
  get root(): Buffer {
    return pathOf(this.#root);
  }

  /** The place for an entry; directories on the way are made. Errors: ArchiveError when what is on the way is a link or no directory. */
  at(parts: readonly Buffer[]): Spot {
    return this.#spot(parts, true);
  }

  /** The place of what is there already; undefined when there is nothing on the way. Errors as of {@link at}. */
  find(parts: readonly Buffer[]): Spot | undefined {
    try {
      return this.#spot(parts, false);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** What is at a place, a link itself; undefined for nothing. */
  look(spot: Spot): Stats | undefined {
    return lstatSync(spot, { throwIfNoEntry: false });
  }

  /** Removes what is at a place, with all in it. */
  remove(parts: readonly Buffer[], spot: Spot): void {
    this.#leave(parts.length - 1);
    // Nobody but us writes here, and links are removed, not followed.
    rmSync(spot, { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    this.#leave(0);
    closeSync(this.#root);
  }

  #spot(parts: readonly Buffer[], makes: boolean): Spot {
    const name = parts.at(-1);
    if (name === undefined) return this.root;
    const parent = this.#enter(parts.slice(0, -1), makes);
    return Buffer.concat([pathOf(parent), Buffer.from('/'), name]);
  }

  #enter(parts: readonly Buffer[], makes: boolean): number {
    const common = parts.findIndex((part, index) => this.#steps[index]?.name.equals(part) !== true);
    this.#leave(common === -1 ? parts.length : common);
    for (const name of parts.slice(this.#steps.length)) {
      const at = Buffer.concat([pathOf(this.#fd()), Buffer.from('/'), name]);
      this.#steps.push({ name: Buffer.from(name), fd: this.#open(at, parts, makes) });
    }
    return this.#fd();
  }

  #fd(): number {
    return this.#steps.at(-1)?.fd ?? this.#root;
  }

  #open(at: Buffer, parts: readonly Buffer[], makes: boolean): number {
    const depth = this.#steps.length + 1;
    try {
      return openSync(at, INTO);
    } catch (error) {
      if (errnoOf(error) === 'ENOTDIR') throw notInto(parts.slice(0, depth), lstatSync(at).isSymbolicLink());
      if (errnoOf(error) !== 'ENOENT' || !makes) throw error;
    }
    mkdirSync(at, IMPLIED_MODE);
    this.#onImplied(parts.slice(0, depth));
    return openSync(at, INTO);
  }

  #leave(depth: number): void {
    while (this.#steps.length > depth) {
      const step = this.#steps.pop();
      if (step !== undefined) closeSync(step.fd);
    }
  }
}

function pathOf(fd: number): Buffer {
  return Buffer.from(`/proc/self/fd/${fd}`);
}

function notInto(parts: readonly Buffer[], isLink: boolean): ArchiveError {
  const shown = shownName(joined(parts));
  return new ArchiveError(
    isLink ? `it would be written through the link ${shown}` : `${shown} on the way to it is no directory`,
  );
}
