/**
 * A tree seen from inside: paths mean what they mean to a process whose root it is. Links are read and followed by us, an
 * absolute one from the tree's root, and `..` of the root is the root. Every directory on the way is held, so nothing
 * outside is ever reached, whatever a process in the tree moves or replaces meanwhile.
 */
import { constants, type PathLike } from 'node:fs';
import { lchown, mkdir } from 'node:fs/promises';
import type { Disk } from '../../../host/files/disk.ts';
import { Held } from '../../../files/held.ts';
import { namesOf } from '../../../host/files/roots.ts';
import { AgentError } from '../../../protocol/agent-error.ts';
import type { Owner } from '../../id-map.ts';
import { errnoOf } from '../../../protocol/file-error.ts';

/** As many links as Linux follows. */
const MOST_LINKS = 40;
/** Steps of one walk; more is somebody who moves directories about to keep us busy. */
const MOST_STEPS = 10_000;

/** What a path leads to. */
export interface Found extends AsyncDisposable {
  /** Undefined for the root itself. */
  readonly parent: Held | undefined;
  readonly name: string;
  /** Undefined when there is nothing of this name. */
  readonly node: Held | undefined;
}

export interface WalkOptions {
  /** Go on where a link at the end leads. Default true. */
  readonly follow?: boolean;
  /** Make directories that are missing on the way, with this mode, for this owner: numbers of this machine. */
  readonly make?: { readonly mode: number; readonly owner?: Owner };
}

export class Inside implements AsyncDisposable {
  readonly #disk: Disk;
  readonly #root: Held;

  private constructor(disk: Disk, root: Held) {
    this.#disk = disk;
    this.#root = root;
  }

  /** Holds a directory as the root. Errors: those of open(2). */
  static async open(disk: Disk, directory: PathLike): Promise<Inside> {
    return new Inside(disk, await Held.open(disk, directory, constants.O_DIRECTORY));
  }

  get disk(): Disk {
    return this.#disk;
  }

  /** A path that leads to the root itself, for this process. */
  get path(): string {
    return this.#root.path;
  }

  /** Errors: those of the system; AgentError `no-such-file` for what is missing on the way, `bad-path`. */
  async find(path: string, options: WalkOptions = {}): Promise<Found> {
    if (path.includes('\0')) throw new AgentError('bad-path', 'Cannot use a path with a NUL in it');
    const walk = new Walk(this.#disk, this.#root, path, options);
    try {
      return await walk.go();
    } catch (error) {
      await walk[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#root[Symbol.asyncDispose]();
  }
}

class Walk implements AsyncDisposable {
  readonly #disk: Disk;
  readonly #root: Held;
  readonly #path: string;
  readonly #options: WalkOptions;
  #at: Held | undefined;
  /** Names from the root to where the walk is: none of them is a link. */
  #done: string[] = [];
  #left: string[];
  #links = 0;

  constructor(disk: Disk, root: Held, path: string, options: WalkOptions) {
    this.#disk = disk;
    this.#root = root;
    this.#path = path;
    this.#options = options;
    this.#left = namesOf(path);
  }

  async go(): Promise<Found> {
    let at = await this.#restart(this.#left);
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const [name, ...rest] = this.#left;
      if (name === undefined) return found(undefined, '', at);
      if (name === '..') {
        // From the root again: a directory that was moved meanwhile has another parent by now.
        at = await this.#restart([...this.#done.slice(0, -1), ...rest]);
        continue;
      }
      const node = await this.#look(at, name, rest.length > 0);
      if (node === undefined) return found(at, name, undefined);
      const stats = await node.stat();
      if (stats.isSymbolicLink() && (rest.length > 0 || this.#options.follow !== false)) {
        await node[Symbol.asyncDispose]();
        at = await this.#follow(at, name, rest);
      } else if (rest.length === 0) {
        return found(at, name, node);
      } else if (stats.isDirectory()) {
        await at[Symbol.asyncDispose]();
        at = this.#at = node;
        this.#done.push(name);
        this.#left = rest;
      } else {
        await node[Symbol.asyncDispose]();
        throw new AgentError('bad-path', `Cannot use "${this.#path}": "${name}" on the way is no directory`);
      }
    }
    throw this.#tooManyLinks();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#at?.[Symbol.asyncDispose]();
  }

  async #restart(names: readonly string[]): Promise<Held> {
    const root = await Held.open(this.#disk, this.#root.path, constants.O_DIRECTORY);
    await this.#at?.[Symbol.asyncDispose]();
    this.#at = root;
    this.#done = [];
    this.#left = [...names];
    return root;
  }

  async #look(at: Held, name: string, isOnTheWay: boolean): Promise<Held | undefined> {
    const node = await at.child(name);
    if (node !== undefined || !isOnTheWay) return node;
    const { make } = this.#options;
    if (make === undefined)
      throw new AgentError('no-such-file', `Cannot use "${this.#path}": there is no "${name}" on the way`);
    try {
      await this.#disk.do(() => mkdir(at.at(name), { mode: make.mode }));
      const { owner } = make;
      if (owner !== undefined) await this.#disk.do(() => lchown(at.at(name), owner.uid, owner.gid));
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    return await at.child(name);
  }

  async #follow(at: Held, name: string, rest: readonly string[]): Promise<Held> {
    const target = await at.target(name);
    // It is no link any more: it is looked at again.
    if (target === undefined) return at;
    this.#links += 1;
    if (this.#links > MOST_LINKS) throw this.#tooManyLinks();
    if (target.startsWith('/')) return await this.#restart([...namesOf(target), ...rest]);
    this.#left = [...namesOf(target), ...rest];
    return at;
  }

  #tooManyLinks(): AgentError {
    return new AgentError('bad-path', `Cannot use "${this.#path}": there are too many symbolic links in it`);
  }
}

function found(parent: Held | undefined, name: string, node: Held | undefined): Found {
  return {
    parent,
    name,
    node,
    [Symbol.asyncDispose]: async () => {
      await node?.[Symbol.asyncDispose]();
      await parent?.[Symbol.asyncDispose]();
    },
  };
}
