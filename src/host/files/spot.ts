import { constants, type BigIntStats } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { AgentError } from '../../protocol/agent-error.ts';
import type { Disk } from './disk.ts';
import { errnoOf } from '../../protocol/file-error.ts';
import { Held } from '../../files/held.ts';
import { namesOf, type Roots, type Start } from './roots.ts';

/** As many links as Linux follows. */
const MOST_LINKS = 40;
/** Steps of one walk; more is somebody who moves directories about to keep us busy. */
const MOST_STEPS = 10_000;
const { O_DIRECTORY } = constants;

/** What the walks stand on. */
export interface Ground {
  readonly disk: Disk;
  readonly roots: Roots;
}

/** A name in a directory that is held, or a root, which has none. */
export class Spot implements AsyncDisposable {
  /** Undefined when the path leads to a root, to `/` or ends with `..`. */
  readonly parent: Held | undefined;
  readonly name: string;
  /** What the name stood for when it was looked at; undefined when there was nothing, or it was not looked at. */
  readonly node: Held | undefined;

  constructor(parent: Held | undefined, name: string, node: Held | undefined) {
    this.parent = parent;
    this.name = name;
    this.node = node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node?.[Symbol.asyncDispose]();
    await this.parent?.[Symbol.asyncDispose]();
  }
}

export interface LocateOptions {
  /** Look at what is there, and go on where a link at the end leads. Otherwise the last name is taken as it is. */
  readonly follow: boolean;
  /** Make directories that are missing, the last name included, with this mode. Only with `follow`. */
  readonly make?: number;
}

/**
 * Finds the place a path leads to. Where files are confined, every name is looked up in a directory that is held, links
 * are read and followed by us, and none of it ever leaves the roots, whatever is moved or replaced meanwhile.
 *
 * Errors: those of the system; AgentError `forbidden` for what is outside, `no-such-file`, `bad-path`.
 */
export async function locate(ground: Ground, file: string, options: LocateOptions): Promise<Spot> {
  if (ground.roots.isConfined) return await new Walk(ground, file, options).go();
  if (options.make !== undefined) {
    const { make: mode } = options;
    await ground.disk.do(() => mkdir(file, { recursive: true, mode }));
  }
  return await locateAnywhere(ground.disk, file, options.follow);
}

/** The system follows links, those of /proc included, which can't be read. */
async function locateAnywhere(disk: Disk, file: string, follow: boolean, links = 0): Promise<Spot> {
  const name = path.basename(file);
  if (name === '' || name === '.' || name === '..') return new Spot(undefined, '', await Held.open(disk, file));
  const parent = await Held.open(disk, path.dirname(file), O_DIRECTORY);
  try {
    if (!follow) return new Spot(parent, name, undefined);
    const node = await parent.child(name, 0);
    if (node !== undefined) return new Spot(parent, name, node);
    const target = await parent.target(name);
    if (target === undefined) return new Spot(parent, name, undefined);
    // A link to nothing: what is made there is made where it leads.
    if (links >= MOST_LINKS) throw tooManyLinks(file);
    const spot = await locateAnywhere(
      disk,
      path.isAbsolute(target) ? target : `${parent.path}/${target}`,
      true,
      links + 1,
    );
    await parent[Symbol.asyncDispose]();
    return spot;
  } catch (error) {
    await parent[Symbol.asyncDispose]();
    throw error;
  }
}

/** One walk from a root, name by name. */
class Walk {
  readonly #ground: Ground;
  readonly #file: string;
  readonly #options: LocateOptions;
  #root = '';
  #at: Held | undefined;
  /** Names from the root to where the walk is: none of them is a link. */
  #done: string[] = [];
  #left: string[] = [];
  #links = 0;
  #steps = 0;

  constructor(ground: Ground, file: string, options: LocateOptions) {
    this.#ground = ground;
    this.#file = file;
    this.#options = options;
  }

  async go(): Promise<Spot> {
    try {
      await this.#startAt(await this.#ground.roots.find(this.#file), []);
      for (;;) {
        const spot = await this.#step();
        if (spot !== undefined) return spot;
      }
    } catch (error) {
      await this.#at?.[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #startAt({ root, names }: Start, more: readonly string[]): Promise<void> {
    await this.#moveTo(await Held.open(this.#ground.disk, root, O_DIRECTORY));
    this.#root = root;
    this.#done = [];
    this.#left = [...names, ...more];
  }

  async #moveTo(next: Held): Promise<void> {
    const before = this.#at;
    this.#at = next;
    await before?.[Symbol.asyncDispose]();
  }

  async #step(): Promise<Spot | undefined> {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS) throw tooManyLinks(this.#file);
    const at = this.#at;
    if (at === undefined) throw new TypeError('A walk has not begun');
    const [name, ...rest] = this.#left;
    if (name === undefined) return new Spot(undefined, '', at);
    if (name === '..') {
      await this.#goUp(rest);
      return undefined;
    }
    if (rest.length === 0 && !this.#options.follow) return new Spot(at, name, undefined);
    const node = await this.#look(at, name);
    if (node === undefined) {
      if (rest.length === 0) return new Spot(at, name, undefined);
      throw new AgentError('no-such-file', `Cannot use "${this.#file}": there is no "${name}" on the way`);
    }
    return await this.#enter(at, name, node, rest);
  }

  async #look(at: Held, name: string): Promise<Held | undefined> {
    const node = await at.child(name);
    const { make } = this.#options;
    if (node !== undefined || make === undefined) return node;
    try {
      await this.#ground.disk.do(() => mkdir(at.at(name), { mode: make }));
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    return await at.child(name);
  }

  async #enter(at: Held, name: string, node: Held, rest: string[]): Promise<Spot | undefined> {
    let stats: BigIntStats;
    try {
      stats = await node.stat();
    } catch (error) {
      await node[Symbol.asyncDispose]();
      throw error;
    }
    if (stats.isSymbolicLink()) {
      await node[Symbol.asyncDispose]();
      await this.#follow(at, name, rest);
      return undefined;
    }
    if (rest.length === 0) return new Spot(at, name, node);
    if (!stats.isDirectory()) {
      await node[Symbol.asyncDispose]();
      throw new AgentError('bad-path', `Cannot use "${this.#file}": "${name}" on the way is no directory`);
    }
    await this.#moveTo(node);
    this.#done.push(name);
    this.#left = rest;
    return undefined;
  }

  /** A name that is no link any more is looked at again. */
  async #follow(at: Held, name: string, rest: readonly string[]): Promise<void> {
    const target = await at.target(name);
    if (target === undefined) return;
    this.#links += 1;
    if (this.#links > MOST_LINKS) throw tooManyLinks(this.#file);
    if (path.isAbsolute(target)) await this.#startAt(await this.#findTarget(name, target), rest);
    else this.#left = [...namesOf(target), ...rest];
  }

  async #findTarget(name: string, target: string): Promise<Start> {
    try {
      return await this.#ground.roots.find(target);
    } catch (cause) {
      const where = this.#ground.roots.describe();
      throw new AgentError(
        'forbidden',
        `Cannot use "${this.#file}": the link "${name}" leads to "${target}", outside of ${where}`,
        { cause },
      );
    }
  }

  /** From the root again: a directory that was moved meanwhile has another parent by now. */
  async #goUp(rest: readonly string[]): Promise<void> {
    const names = this.#done.slice(0, -1);
    if (this.#done.length === 0) {
      throw new AgentError(
        'forbidden',
        `Cannot use "${this.#file}": ".." leads out of ${this.#ground.roots.describe()}`,
      );
    }
    await this.#startAt({ root: this.#root, names }, rest);
  }
}

function tooManyLinks(file: string): AgentError {
  return new AgentError('bad-path', `Cannot use "${file}": there are too many symbolic links in it`);
}

/** A root that is meant to be changed or removed is refused; so is a path that gives nothing a name. */
export function named(spot: Spot, action: string): { readonly parent: Held; readonly name: string } {
  const { parent, name } = spot;
  if (parent !== undefined) return { parent, name };
  throw new AgentError('forbidden', `Cannot ${action}: it is "/" or one of the agent’s own roots, or ends with ".."`);
}
