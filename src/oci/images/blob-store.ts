/** Blobs by their digest: each is complete and what its name says, or not there. */
import { renameSync, statSync } from 'node:fs';
import { open, readdir, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { AgentError } from '../../protocol/agent-error.ts';
import { digestBytes, digestOf, hashLike, isDigest, shortDigest, type Digest } from './digest.ts';
import type { Hold } from './pins.ts';
import type { Places } from './places.ts';
import type { Staging } from './staging.ts';

/** Bytes that are copied at once. */
const CHUNK = 1024 * 1024;

export class BlobStore {
  readonly #places: Places;
  readonly #staging: Staging;

  constructor(places: Places, staging: Staging) {
    this.#places = places;
    this.#staging = staging;
  }

  path(digest: Digest): string {
    return this.#places.blob(digest);
  }

  /** Its bytes, or undefined when it is not there. */
  async size(digest: Digest): Promise<number | undefined> {
    const stats = await stat(this.path(digest)).catch(() => undefined);
    return stats?.size;
  }

  /** A small one, whole. Errors: AgentError `bad-image` when it is missing or not what its name says. */
  async read(digest: Digest): Promise<Buffer> {
    const bytes = await readFile(this.path(digest)).catch(() => undefined);
    if (bytes === undefined)
      throw new AgentError(
        'bad-image',
        `Cannot read ${shortDigest(digest)}: this blob is missing; pull the image again`,
      );
    if (digestBytes(bytes, digest) === digest) return bytes;
    await this.discard(digest);
    throw new AgentError(
      'bad-image',
      `Cannot read ${shortDigest(digest)}: this blob was damaged; pull the image again`,
    );
  }

  /** Keeps bytes, held from the start. */
  async write(bytes: Uint8Array, hold: Hold): Promise<Digest> {
    const digest = digestBytes(bytes);
    hold.add(digest);
    if ((await this.size(digest)) === bytes.length) return digest;
    await using stage = await this.#staging.make();
    await writeFile(stage.at('blob'), bytes, { mode: 0o600 });
    await this.#staging.settle(stage.at('blob'), this.path(digest));
    return digest;
  }

  /** Takes a file of the staging area that is known to be this blob. */
  async adopt(file: string, digest: Digest): Promise<void> {
    await this.#staging.settle(file, this.path(digest));
  }

  /** Copies a blob from a file. Errors: AgentError `bad-image` when it is another or longer than told; the signal's reason. */
  async copy(
    from: FileHandle,
    told: { readonly digest: Digest; readonly size: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { digest, size } = told;
    if ((await this.size(digest)) === size) return;
    await using stage = await this.#staging.make();
    const hash = hashLike(digest);
    {
      await using to = await open(stage.at('blob'), 'wx', 0o600);
      const buffer = Buffer.allocUnsafe(CHUNK);
      for (let at = 0; ;) {
        signal.throwIfAborted();
        const { bytesRead } = await from.read(buffer, 0, CHUNK, at);
        at += bytesRead;
        if (at > size || (bytesRead === 0 && at < size)) {
          throw new AgentError(
            'bad-image',
            `Cannot take the blob ${shortDigest(digest)}: it has ${at > size ? 'more' : 'fewer'} than the ${size} bytes that are told`,
          );
        }
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
        await to.writeFile(buffer.subarray(0, bytesRead));
      }
    }
    const actual = digestOf(hash, digest);
    if (actual !== digest)
      throw new AgentError(
        'bad-image',
        `Cannot take the blob ${shortDigest(digest)}: its content is ${shortDigest(actual)}`,
      );
    await this.adopt(stage.at('blob'), digest);
  }

  /** Removes one whose content is not what its name says. */
  async discard(digest: Digest): Promise<void> {
    await rm(this.path(digest), { force: true });
  }

  /** Every blob that is there. */
  async list(): Promise<Digest[]> {
    const lists = await Promise.all(
      ['sha256', 'sha512'].map(async (algorithm) => {
        const names = await readdir(path.join(this.#places.blobs, algorithm)).catch(() => []);
        return names.map((name) => `${algorithm}:${name}`).filter(isDigest);
      }),
    );
    return lists.flat();
  }

  /** Takes one away to a place where it may be removed at leisure; in one step, so that nobody finds it half. Gives its size. */
  moveAway(digest: Digest, to: string): number {
    const { size } = statSync(this.path(digest));
    renameSync(this.path(digest), to);
    return size;
  }
}
