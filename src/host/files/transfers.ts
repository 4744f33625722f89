import { chmod } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import type { DownloadAnswer, UploadAnswer } from '../../protocol/files.ts';
import { fileInfo, permissionsOf } from './describe-file.ts';
import { changed, Download } from './download.ts';
import { explained } from '../../protocol/file-error.ts';
import { GivenUp } from './given-up.ts';
import { checkWritable, type FileWorld } from './file-settings.ts';
import { Kept } from './kept.ts';
import { locate } from './spot.ts';
import { Upload } from './upload.ts';
import { partName } from './upload-place.ts';

/** Transfers that stay open between two of their requests. */
const MOST_OPEN = 64;

/** A step of an upload, which tells everything: it may come twice, or to an agent that knows nothing of it yet. */
export interface UploadRequest {
  readonly path: string;
  readonly key: string;
  readonly offset?: number;
  readonly block?: Uint8Array;
  readonly permissions?: number;
  readonly size?: number;
  readonly sha256?: string;
  readonly signal: AbortSignal;
}

export interface DownloadRequest {
  readonly path: string;
  readonly offset: number;
  readonly size: number;
  readonly version?: string;
  readonly signal: AbortSignal;
}

/** Files on their way in and out. Nothing is lost with an agent but what is open here, and that is opened again. */
export class Transfers {
  readonly #world: () => FileWorld;
  readonly #givenUp: GivenUp;
  readonly #uploads: Kept<Upload>;
  readonly #downloads: Kept<Download>;

  constructor(world: () => FileWorld, clock: Clock) {
    this.#world = world;
    this.#givenUp = new GivenUp(clock);
    const options = { clock, most: MOST_OPEN, idleMs: () => world().settings.idleMs };
    this.#uploads = new Kept(options);
    this.#downloads = new Kept(options);
  }

  /** Takes a step of an upload. Errors: AgentError. */
  upload(request: UploadRequest): Promise<UploadAnswer> {
    const action = `upload to "${request.path}"`;
    const world = this.#world();
    return explained(action, async () => {
      checkWritable(world, action);
      const there = await this.#whatIsThere(world, request);
      if (there !== undefined) return there;
      return await this.#withUpload(world, request.path, request.key, (upload) => this.#step(upload, request));
    });
  }

  /** Forgets what has arrived of an upload. */
  async cancelUpload(path: string, key: string): Promise<void> {
    const action = `cancel the upload to "${path}"`;
    const world = this.#world();
    checkWritable(world, action);
    await explained(action, () =>
      this.#withUpload(world, path, key, async (upload) => {
        await upload.cancel();
        return { offset: 0, done: true };
      }),
    );
  }

  /** A block of a file. Errors: AgentError. */
  download(request: DownloadRequest): Promise<DownloadAnswer> {
    const { path, offset, size, version, signal } = request;
    const world = this.#world();
    return explained(`download "${path}"`, async () => {
      const opened = version === undefined ? await Download.open(world, path) : undefined;
      const known = version ?? opened?.version ?? '';
      const key = keyOf(path, known);
      // The same file may be open already.
      const isSpare = opened !== undefined && this.#downloads.has(key);
      if (isSpare) await opened[Symbol.asyncDispose]();
      const make = () => (opened === undefined || isSpare ? openVersion(world, path, known) : Promise.resolve(opened));
      try {
        return await this.#downloads.use(key, make, (download) => download.read(offset, size, signal));
      } catch (error) {
        await this.#downloads.drop(key);
        throw error;
      }
    });
  }

  async closeAll(): Promise<void> {
    await Promise.all([this.#uploads.closeAll(), this.#downloads.closeAll()]);
  }

  async #step(
    upload: Upload,
    { offset, block, size, sha256, permissions, signal }: UploadRequest,
  ): Promise<UploadAnswer> {
    const isEnd = size !== undefined && sha256 !== undefined;
    if (block === undefined && !isEnd) return await upload.state(size, signal);
    const taken = block === undefined ? undefined : await upload.take(offset ?? 0, block);
    if (!isEnd) return taken ?? { offset: 0, done: false };
    return await upload.finish({ size, sha256, ...(permissions === undefined ? {} : { permissions }) }, signal);
  }

  /** What failed, and what is done, is not used again. */
  async #withUpload(
    world: FileWorld,
    path: string,
    key: string,
    work: (upload: Upload) => Promise<UploadAnswer>,
  ): Promise<UploadAnswer> {
    const name = keyOf(path, key);
    try {
      const answer = await this.#uploads.use(name, () => Upload.open(world, path, key, this.#givenUp), work);
      if (answer.done) await this.#uploads.drop(name);
      return answer;
    } catch (error) {
      await this.#uploads.drop(name);
      throw error;
    }
  }

  /** The end of an upload may come twice, when its answer was lost: the file is in its place then, and nothing is on its way. */
  async #whatIsThere(world: FileWorld, request: UploadRequest): Promise<UploadAnswer | undefined> {
    const { path, key, size, sha256, permissions, signal } = request;
    if (size === undefined || sha256 === undefined || this.#uploads.has(keyOf(path, key))) return undefined;
    await using spot = await locate(world, path, { follow: true });
    const { parent, node, name } = spot;
    if (parent === undefined || node === undefined) return undefined;
    await using part = await parent.child(partName(name, key));
    const stats = await node.stat();
    if (part !== undefined || !stats.isFile() || Number(stats.size) !== size) return undefined;
    if ((await this.#sumOf(world, path, size, signal)) !== sha256) return undefined;
    if (permissions !== undefined && permissions !== permissionsOf(stats))
      await world.disk.do(() => chmod(node.path, permissions));
    return { offset: size, sha256, done: true, file: await fileInfo(world.disk, path, await node.stat(), undefined) };
  }

  async #sumOf(world: FileWorld, path: string, size: number, signal: AbortSignal): Promise<string | undefined> {
    await using download = await Download.open(world, path);
    const { sha256 } = await download.read(size, 1, signal);
    return sha256;
  }
}

function keyOf(path: string, key: string): string {
  return `${path}\0${key}`;
}

async function openVersion(world: FileWorld, path: string, version: string): Promise<Download> {
  const download = await Download.open(world, path);
  if (download.version === version) return download;
  await download[Symbol.asyncDispose]();
  throw changed(path);
}
