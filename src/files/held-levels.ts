/** The directories from the root of a tree down to where one writes, each held, and made where it is missing. */
import { chmod, chown, mkdir, utimes } from 'node:fs/promises';
import { AgentError } from '../protocol/agent-error.ts';
import { errnoOf } from '../protocol/file-error.ts';
import { ArchiveError } from './archive-error.ts';
import { fileType } from './file-type.ts';
import type { Held, Turns } from './held.ts';

/** Of a directory that is only there because something is in it. */
const IMPLIED_MODE = 0o755;

/** What is said of a thing that somebody replaced between two looks at it. */
export const EXCHANGED = 'something in it was exchanged while it was written';

/** What a directory gets when nothing more comes into it: what is put in changes its time, and might not be allowed any more. */
export interface LaterMode {
  readonly mode: number;
  /** Seconds since 1970; undefined leaves it. */
  readonly mtime: number | undefined;
}

export interface LevelOptions {
  readonly turns: Turns;
  /** Who gets what is made; default: whoever makes it. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

interface Level {
  readonly name: Buffer;
  readonly held: Held;
  /** Undefined for one that was there: it stays what it is. */
  readonly later: LaterMode | undefined;
}

/** No link is ever followed. Memory is that of the way down: entries of one directory are to come together. */
export class HeldLevels implements AsyncDisposable {
  readonly #root: Held;
  readonly #options: LevelOptions;
  readonly #levels: Level[] = [];

  /** `root` is the caller's, and stays held by it. */
  constructor(root: Held, options: LevelOptions) {
    this.#root = root;
    this.#options = options;
  }

  /** The directory at a path. `last`: what it gets if it is made. Errors: AgentError `file-exists` for what is none; ArchiveError; those of the system. */
  async enter(parts: readonly Buffer[], last?: LaterMode): Promise<Held> {
    const common = parts.findIndex((part, index) => this.#levels[index]?.name.equals(part) !== true);
    await this.leave(common === -1 ? parts.length : common);
    for (const name of parts.slice(this.#levels.length)) {
      const isLast = this.#levels.length === parts.length - 1;
      const later = (isLast ? last : undefined) ?? { mode: IMPLIED_MODE, mtime: undefined };
      this.#levels.push(await this.#step(this.#top(), name, later));
    }
    return this.#top();
  }

  /** Lets go of all but so many. */
  async leave(depth: number): Promise<void> {
    while (this.#levels.length > depth) {
      const level = this.#levels.at(-1);
      if (level === undefined) return;
      const { held, later } = level;
      if (later !== undefined) {
        await this.#do(() => chmod(held.path, later.mode));
        const { mtime } = later;
        if (mtime !== undefined) await this.#do(() => utimes(held.path, mtime, mtime));
      }
      this.#levels.pop();
      await held[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Where something failed, directories get what they were to have as far as that can be.
    await this.leave(0).catch(() => undefined);
    for (const { held } of this.#levels.splice(0).reverse()) await held[Symbol.asyncDispose]();
  }

  #top(): Held {
    return this.#levels.at(-1)?.held ?? this.#root;
  }

  async #step(parent: Held, name: Buffer, later: LaterMode): Promise<Level> {
    const isMade = await this.#make(parent, name);
    const held = await parent.child(name);
    if (held === undefined) throw new ArchiveError(EXCHANGED);
    try {
      const stats = await held.stat();
      if (!stats.isDirectory()) {
        throw new AgentError('file-exists', `there is a ${fileType(stats)} where a directory is to be`);
      }
      const { owner } = this.#options;
      if (isMade && owner !== undefined) {
        // Somebody may have put a directory of his own in the place of the one that was made.
        if (stats.uid !== BigInt(process.geteuid?.() ?? 0)) throw new ArchiveError(EXCHANGED);
        await this.#do(() => chown(held.path, owner.uid, owner.gid));
      }
      return { name: Buffer.from(name), held, later: isMade ? later : undefined };
    } catch (error) {
      await held[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** False when something of this name is there. */
  async #make(parent: Held, name: Buffer): Promise<boolean> {
    try {
      await this.#do(() => mkdir(parent.at(name), 0o700));
      return true;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      return false;
    }
  }

  #do<T>(work: () => Promise<T>): Promise<T> {
    return this.#options.turns.do(work);
  }
}
