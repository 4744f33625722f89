import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { MemoryPool } from '../../base/memory-pool.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { FILE_BLOCK_BYTES, type DownloadAnswer } from '../../protocol/files.ts';
import { permissionsOf } from './describe-file.ts';
import type { Disk } from './disk.ts';
import { fill } from '../../files/file-bytes.ts';
import { InTurn } from './in-turn.ts';
import { openRegular } from './open-regular.ts';
import { RunningHash } from './running-hash.ts';
import type { Ground } from './spot.ts';

/** Memory that blocks pass through on their way. */
const blocks = new MemoryPool(FILE_BLOCK_BYTES, 4);

/** A file that is fetched block by block, and must stay what it is meanwhile. */
export class Download implements AsyncDisposable {
  /** Another one whenever the file was changed. */
  readonly version: string;
  readonly #disk: Disk;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #stats: BigIntStats;
  readonly #hash = new RunningHash();
  readonly #turns = new InTurn();

  private constructor(disk: Disk, path: string, file: FileHandle, stats: BigIntStats) {
    this.#disk = disk;
    this.#path = path;
    this.#file = file;
    this.#stats = stats;
    this.version = versionOf(stats);
  }

  /** Errors: those of the system; AgentError. */
  static async open(ground: Ground, path: string): Promise<Download> {
    const file = await openRegular(ground, path, { letter: 'r', isBoth: false }, 0);
    try {
      const stats = await ground.disk.do(() => file.stat({ bigint: true }));
      return new Download(ground.disk, path, file, stats);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The bytes at an offset; with those at the end, the sum of all. Errors: `file-changed`. */
  read(offset: number, size: number, signal: AbortSignal): Promise<DownloadAnswer> {
    return this.#turns.do(async () => {
      const memory = blocks.take();
      try {
        return await this.#answer(offset, memory.bytes.subarray(0, size), signal);
      } finally {
        memory.release();
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns.do(() => this.#file.close());
  }

  async #answer(offset: number, memory: Buffer, signal: AbortSignal): Promise<DownloadAnswer> {
    const size = memory.length;
    const bytes = await this.#fill(offset, memory);
    this.#hash.pass(offset, bytes);
    const end = size > 0 && (await this.#isEnd(offset + bytes.length, bytes.length < size));
    const sha256 = end ? await this.#sum(offset, bytes.length, signal) : undefined;
    await this.#check();
    return {
      version: this.version,
      size: Number(this.#stats.size),
      mode: permissionsOf(this.#stats),
      modified: Number(this.#stats.mtimeNs / 1_000_000n),
      offset,
      block: bytes.toString('base64'),
      end,
      ...(sha256 === undefined ? {} : { sha256 }),
    };
  }

  #fill(offset: number, memory: Buffer): Promise<Buffer> {
    return this.#disk.do(() => fill(this.#file, memory, offset));
  }

  /** Not by its size alone: files of /proc say that they have none. */
  async #isEnd(position: number, isShort: boolean): Promise<boolean> {
    if (isShort) return true;
    return position >= Number(this.#stats.size) && (await this.#fill(position, Buffer.alloc(1))).length === 0;
  }

  /** Where nothing was read, the end may be before the offset. */
  async #sum(offset: number, length: number, signal: AbortSignal): Promise<string | undefined> {
    const known = Math.max(Number(this.#stats.size), this.#hash.position);
    const size = length > 0 ? offset + length : Math.min(offset, known);
    return await this.#hash.sum(size, (position, into) => this.#fill(position, into), signal);
  }

  async #check(): Promise<void> {
    const stats = await this.#disk.do(() => this.#file.stat({ bigint: true }));
    if (versionOf(stats) === this.version) return;
    throw changed(this.#path);
  }
}

/** A file is another one now than when its download began. */
export function changed(path: string): AgentError {
  return new AgentError(
    'file-changed',
    `Cannot go on with "${path}": it was changed or replaced meanwhile; fetch it again from the start`,
  );
}

/** Access times don't count. */
function versionOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].map((part) => part.toString(36)).join('-');
}
