import { constants, type BigIntStats, type PathLike } from 'node:fs';
import { open, readlink, type FileHandle } from 'node:fs/promises';
import { errnoOf } from '../protocol/file-error.ts';

/** Linux: a descriptor that only says what is meant. It opens no device, waits for no fifo, and needs no right to read. */
const O_PATH = 0o10000000;

/** Lets system calls on files happen, each in its turn. */
export interface Turns {
  do<T>(work: () => Promise<T>): Promise<T>;
}

/** Turns that come at once. */
export const AT_ONCE: Turns = { do: (work) => work() };

/** A name in a directory: as bytes where it was read from one, since names need not be text. */
export type Name = string | Buffer;

/**
 * Something in the file tree, held by a descriptor: whatever happens to its names meanwhile, it stays the same thing.
 * What is done by way of {@link path} and {@link at} starts from it and not from `/`.
 */
export class Held implements AsyncDisposable {
  readonly #disk: Turns;
  readonly #handle: FileHandle;

  private constructor(disk: Turns, handle: FileHandle) {
    this.#disk = disk;
    this.#handle = handle;
  }

  /** Holds what a path leads to. Errors: those of open(2). */
  static async open(disk: Turns, path: PathLike, flags = 0): Promise<Held> {
    return new Held(disk, await disk.do(() => open(path, O_PATH | flags)));
  }

  /** A path that leads to this very thing. */
  get path(): string {
    return `/proc/self/fd/${this.#handle.fd}`;
  }

  /** A path that leads to a name in this directory. The name itself is up to whoever uses the path. */
  at(name: Name): PathLike {
    if (typeof name === 'string') return `${this.path}/${name}`;
    return Buffer.concat([Buffer.from(`${this.path}/`), name]);
  }

  /** What a name in this directory stands for, a link itself unless it is to be followed; undefined when there is nothing. */
  async child(name: Name, flags: number = constants.O_NOFOLLOW): Promise<Held | undefined> {
    try {
      return await Held.open(this.#disk, this.at(name), flags);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Where the link of a name in this directory leads; undefined when it is none. */
  async target(name: Name): Promise<string | undefined> {
    try {
      return await this.#disk.do(() => readlink(this.at(name)));
    } catch (error) {
      if (errnoOf(error) === 'EINVAL' || errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  stat(): Promise<BigIntStats> {
    return this.#disk.do(() => this.#handle.stat({ bigint: true }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}
