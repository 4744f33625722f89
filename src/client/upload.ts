import { createHash, type Hash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { AgentError, isAgentError } from '../protocol/agent-error.ts';
import { explained } from '../protocol/file-error.ts';
import { FILE_BLOCK_BYTES, type FileInfo, type UploadAnswer } from '../protocol/files.ts';
import type { Session } from './session.ts';
import { transferStep, WINDOW, type Transferred, type TransferOptions } from './transfer.ts';

export interface UploadOptions extends TransferOptions {
  /** Mode of the file there. @default that of the file here */
  readonly mode?: number;
}

/** A file that is in its place on the agent's machine. */
export interface Uploaded extends Transferred {
  readonly file: FileInfo;
}

/** What of a mode goes along. */
const PERMISSIONS = 0o777n;
/** Times it begins anew when what is there turns out to be something else. */
const TRIES = 3;

/**
 * Sends a file to the agent's machine, where it appears as a whole or not at all. A transfer that was cut off is gone on
 * with by sending the same file to the same place again.
 */
export async function upload(
  session: Session,
  local: string,
  remote: string,
  options: UploadOptions = {},
): Promise<Uploaded> {
  const file = await explained(`read "${local}"`, () => open(local, 'r'));
  try {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) throw new AgentError('bad-path', `Cannot upload "${local}": it is no regular file`);
    const sending = new Sending(session, file, stats, local, remote, options);
    return await sending.toItsEnd();
  } finally {
    await file.close();
  }
}

class Sending {
  readonly #session: Session;
  readonly #file: FileHandle;
  readonly #stats: BigIntStats;
  readonly #local: string;
  readonly #remote: string;
  readonly #options: UploadOptions;
  readonly #key: string;
  readonly #size: number;
  #hash: Hash = createHash('sha256');
  #resumedFrom = 0;

  constructor(
    session: Session,
    file: FileHandle,
    stats: BigIntStats,
    local: string,
    remote: string,
    options: UploadOptions,
  ) {
    this.#session = session;
    this.#file = file;
    this.#stats = stats;
    this.#local = local;
    this.#remote = remote;
    this.#options = options;
    this.#size = Number(stats.size);
    this.#key = keyOf(local, stats);
  }

  async toItsEnd(): Promise<Uploaded> {
    for (let left = TRIES; ; left -= 1) {
      try {
        const answer = await this.#once();
        if (answer?.file !== undefined) {
          return {
            size: this.#size,
            sha256: answer.sha256 ?? '',
            resumedFrom: this.#resumedFrom,
            file: answer.file,
          };
        }
      } catch (error) {
        if (left <= 1 || !isAgentError(error) || error.code !== 'hash-mismatch') throw error;
      }
      if (left <= 1)
        throw new AgentError(
          'hash-mismatch',
          `Cannot upload "${this.#local}": what was sent went missing there again and again`,
        );
    }
  }

  /** Undefined: what was there is gone, and it has to begin anew. */
  async #once(): Promise<UploadAnswer | undefined> {
    this.#hash = createHash('sha256');
    let from = await this.#resume();
    const onTheWay: { readonly end: number; readonly answer: Promise<UploadAnswer> }[] = [];
    this.#tell(from);
    while (from < this.#size || onTheWay.length > 0) {
      if (from < this.#size && onTheWay.length < WINDOW) {
        const block = await this.#read(from);
        const answer = this.#step({ offset: from, block: block.toString('base64') });
        // Whoever waits for an earlier one hears of its error first.
        answer.catch(() => undefined);
        from += block.length;
        onTheWay.push({ end: from, answer });
        continue;
      }
      const next = onTheWay.shift();
      if (next === undefined) break;
      const { offset } = await next.answer;
      if (offset < next.end) return undefined;
      this.#tell(next.end);
    }
    await this.#checkUnchanged();
    const sha256 = this.#hash.digest('hex');
    const mode = this.#options.mode ?? Number(this.#stats.mode & PERMISSIONS);
    const answer = await this.#step({ size: this.#size, sha256, mode });
    return answer.done ? answer : undefined;
  }

  /** Where to go on: after what is there already, if that is the beginning of this file. */
  async #resume(): Promise<number> {
    const { offset, sha256 } = await this.#step({ size: this.#size });
    if (offset <= this.#size) {
      for (let at = 0; at < offset;) at += (await this.#read(at, offset - at)).length;
      if (offset === 0 || this.#hash.copy().digest('hex') === sha256) {
        this.#resumedFrom = offset;
        return offset;
      }
    }
    await this.#step({ cancel: true });
    this.#hash = createHash('sha256');
    this.#resumedFrom = 0;
    return 0;
  }

  async #read(offset: number, most = FILE_BLOCK_BYTES): Promise<Buffer> {
    this.#options.signal?.throwIfAborted();
    const size = Math.min(FILE_BLOCK_BYTES, most, this.#size - offset);
    const { bytesRead, buffer } = await explained(`read "${this.#local}"`, () =>
      this.#file.read(Buffer.allocUnsafeSlow(size), 0, size, offset),
    );
    if (bytesRead === 0) throw this.#changed();
    const block = buffer.subarray(0, bytesRead);
    this.#hash.update(block);
    return block;
  }

  async #checkUnchanged(): Promise<void> {
    const { size, mtimeNs } = await this.#file.stat({ bigint: true });
    if (size === this.#stats.size && mtimeNs === this.#stats.mtimeNs) return;
    await this.#step({ cancel: true });
    throw this.#changed();
  }

  #changed(): AgentError {
    return new AgentError('file-changed', `Cannot upload "${this.#local}": it was changed meanwhile`);
  }

  #step(args: object): Promise<UploadAnswer> {
    const step = { path: this.#remote, key: this.#key, ...args };
    return transferStep(this.#session, 'filesystem.upload', step, this.#options.signal);
  }

  #tell(done: number): void {
    this.#options.onProgress?.({ done, total: this.#size, resumedFrom: this.#resumedFrom });
  }
}

/** The same for the same file as long as nobody changes it, whoever sends it. */
function keyOf(local: string, { dev, ino, size, mtimeNs }: BigIntStats): string {
  const facts = [path.resolve(local), dev, ino, size, mtimeNs].join('\0');
  return createHash('sha256').update(facts).digest('hex').slice(0, 32);
}
