import { constants } from 'node:fs';
import { open, rename, statfs, unlink, type FileHandle } from 'node:fs/promises';
import { AgentError } from '../../protocol/agent-error.ts';
import type { FileInfo, UploadAnswer } from '../../protocol/files.ts';
import { fileType } from '../../files/file-type.ts';
import { fileInfo, permissionsOf } from './describe-file.ts';
import type { Disk } from './disk.ts';
import { errnoOf } from '../../protocol/file-error.ts';
import { fill, writeFully } from '../../files/file-bytes.ts';
import type { Held } from '../../files/held.ts';
import { InTurn } from './in-turn.ts';
import { RunningHash } from './running-hash.ts';
import { locate, named, type Ground } from './spot.ts';
import type { GivenUp } from './given-up.ts';
import { openPart, partName } from './upload-place.ts';

/** What a file gets that was not there before and whose uploader says nothing. */
const USUAL_PERMISSIONS = 0o644;

/** The end of an upload: what has to have arrived. */
export interface UploadEnd {
  readonly size: number;
  readonly sha256: string;
  /** Default: those of the file that is replaced, else 0644. */
  readonly permissions?: number;
}

/** A file on its way: it grows beside its target and takes its place when it is whole. */
export class Upload implements AsyncDisposable {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #parent: Held;
  readonly #name: string;
  readonly #part: string;
  readonly #file: FileHandle;
  readonly #hash = new RunningHash();
  readonly #turns = new InTurn();
  #have: number;
  /** What was answered when the file went to its place: it is not ours to change any more. */
  #done: UploadAnswer | undefined;

  private constructor(
    disk: Disk,
    path: string,
    parent: Held,
    names: { name: string; part: string },
    file: FileHandle,
    have: number,
  ) {
    this.#disk = disk;
    this.#path = path;
    this.#parent = parent;
    this.#name = names.name;
    this.#part = names.part;
    this.#file = file;
    this.#have = have;
  }

  /** Begins, or goes on where an earlier one stopped. Errors: those of the system; AgentError. */
  static async open(ground: Ground, path: string, key: string, givenUp: GivenUp): Promise<Upload> {
    const { disk } = ground;
    const spot = await locate(ground, path, { follow: true });
    try {
      const { parent, name } = named(spot, `upload to "${path}"`);
      const type = spot.node === undefined ? 'file' : fileType(await spot.node.stat());
      if (type !== 'file')
        throw new AgentError('bad-path', `Cannot upload to "${path}": it is a ${type}; name the file itself`);
      const part = partName(name, key);
      const { file, size } = await openPart(disk, parent, part, path);
      if (size === 0) await givenUp.remove(disk, parent);
      await spot.node?.[Symbol.asyncDispose]();
      return new Upload(disk, path, parent, { name, part }, file, size);
    } catch (error) {
      await spot[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** How far it is, with the sum of what is there. Errors: `no-space` when what is missing of `size` has no room. */
  state(size: number | undefined, signal: AbortSignal): Promise<UploadAnswer> {
    return this.#turns.do(async () => {
      await this.#checkRoom(size);
      const sha256 = await this.#sum(signal);
      return { offset: this.#have, done: false, ...(sha256 === undefined ? {} : { sha256 }) };
    });
  }

  /** Takes a block. One that leaves a hole is not taken, what is there already of it is skipped; the answer tells. */
  take(offset: number, block: Uint8Array): Promise<UploadAnswer> {
    return this.#turns.do(async () => {
      const isOurs = this.#done === undefined && offset <= this.#have;
      const fresh = !isOurs ? undefined : block.subarray(this.#have - offset);
      if (fresh !== undefined && fresh.length > 0) {
        const at = this.#have;
        await this.#disk.do(() => writeFully(this.#file, fresh, at));
        this.#hash.pass(at, fresh);
        this.#have = at + fresh.length;
      }
      return { offset: this.#have, done: false };
    });
  }

  /**
   * Puts the file in its place once all of it is there. Asked again while the first is under way, it answers the same.
   * Errors: `hash-mismatch`, after which it begins anew.
   */
  finish(end: UploadEnd, signal: AbortSignal): Promise<UploadAnswer> {
    return this.#turns.do(async () => {
      const { size, sha256: wanted } = end;
      if (this.#done !== undefined && this.#have === size && this.#done.sha256 === wanted) return this.#done;
      if (this.#have < size) return { offset: this.#have, done: false };
      const sha256 = this.#have > size ? undefined : await this.#sum(signal);
      if (sha256 !== wanted) {
        await this.#remove();
        const why =
          this.#have > size
            ? `${this.#have} bytes arrived and ${size} were meant`
            : `their SHA-256 is ${sha256 ?? 'unknown'}, not ${wanted}`;
        throw new AgentError(
          'hash-mismatch',
          `Cannot put "${this.#path}" in its place: ${why}; send it again from the start`,
        );
      }
      const file = await this.#putInPlace(end);
      this.#done = { offset: size, sha256, done: true, file };
      return this.#done;
    });
  }

  /** Removes what has arrived. */
  cancel(): Promise<void> {
    return this.#turns.do(() => this.#remove());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns.do(() => this.#file.close());
    await this.#parent[Symbol.asyncDispose]();
  }

  #sum(signal: AbortSignal): Promise<string | undefined> {
    const read = (offset: number, into: Buffer) => this.#disk.do(() => fill(this.#file, into, offset));
    return this.#hash.sum(this.#have, read, signal);
  }

  async #putInPlace({ permissions }: UploadEnd): Promise<FileInfo> {
    const { owner, mode } = await this.#replaced();
    await this.#disk.do(async () => {
      // Only root may give files away; the answer tells whose it is.
      if (owner !== undefined) await this.#file.chown(owner.uid, owner.gid).catch(() => undefined);
      await this.#file.chmod(permissions ?? mode);
      await this.#file.sync();
    });
    await this.#disk.do(() => rename(this.#parent.at(this.#part), this.#parent.at(this.#name)));
    await this.#syncDirectory();
    const stats = await this.#disk.do(() => this.#file.stat({ bigint: true }));
    return await fileInfo(this.#disk, this.#path, stats, undefined);
  }

  /** What the file that is replaced leaves to its successor. */
  async #replaced(): Promise<{ owner?: { uid: number; gid: number }; mode: number }> {
    await using old = await this.#parent.child(this.#name);
    const stats = await old?.stat();
    if (stats?.isFile() !== true) return { mode: USUAL_PERMISSIONS };
    return { owner: { uid: Number(stats.uid), gid: Number(stats.gid) }, mode: permissionsOf(stats) };
  }

  /** So that the new name survives a loss of power. A directory that can't be read can't be asked to. */
  async #syncDirectory(): Promise<void> {
    try {
      await this.#disk.do(async () => {
        const directory = await open(this.#parent.path, constants.O_RDONLY | constants.O_DIRECTORY);
        await directory.sync().finally(() => directory.close());
      });
    } catch (error) {
      if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EINVAL') throw error;
    }
  }

  async #remove(): Promise<void> {
    try {
      await this.#disk.do(() => unlink(this.#parent.at(this.#part)));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }

  async #checkRoom(size: number | undefined): Promise<void> {
    if (size === undefined) return;
    const { bavail, bsize } = await this.#disk.do(() => statfs(this.#parent.path));
    const [free, missing] = [bavail * bsize, size - this.#have];
    if (missing <= free) return;
    throw new AgentError(
      'no-space',
      `Cannot upload to "${this.#path}": ${missing} bytes are missing and the file system has room for ${free}`,
    );
  }
}
