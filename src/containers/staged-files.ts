import { mkdir, open, readdir, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { writeFully } from '../files/file-bytes.ts';
import { AgentError } from '../protocol/agent-error.ts';
import { explained } from '../protocol/file-error.ts';
import type { PendingFile } from '../protocol/container.ts';
import type { StagedFile } from './container-maker.ts';
import type { CollectedFile } from './pending-change.ts';

/** Bytes that stay free on the agent's disk, whatever is to be copied in. */
const LEAST_FREE = 256 * 1024 ** 2;

/** The bytes of files that wait to be copied in. Nothing here is ever changed, but archives grow until they are put. */
export class StagedFiles {
  readonly #directory: string;

  /** `directory`: ours alone; made when it is needed. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Resolves when they are on the disk. */
  async put(id: string, files: readonly CollectedFile[]): Promise<void> {
    if (files.length === 0) return;
    await mkdir(this.#of(id), { recursive: true, mode: 0o700 });
    for (const { source, parts, size, archive } of files) {
      const file = path.join(this.#of(id), source);
      if (archive === undefined) await write(file, parts);
      else await settle(file, size);
    }
  }

  /** Writes bytes of an archive where they belong. Errors: AgentError `no-space` and others of files; the same can be written again. */
  async write(id: string, source: string, data: Uint8Array, offset: number): Promise<void> {
    await explained('keep what is to be copied in', async () => {
      await mkdir(this.#of(id), { recursive: true, mode: 0o700 });
      const { bavail, bsize } = await statfs(this.#of(id));
      if (bavail * bsize - data.length < LEAST_FREE) {
        throw new AgentError(
          'no-space',
          `Cannot keep what is to be copied in: fewer than ${LEAST_FREE} bytes would be free on the disk of the agent`,
        );
      }
      const handle = await open(path.join(this.#of(id), source), offset === 0 ? 'w' : 'r+', 0o600);
      try {
        await writeFully(handle, data, offset);
      } finally {
        await handle.close();
      }
    });
  }

  staged(id: string, { path: target, mode, source, archive }: PendingFile): StagedFile {
    return { path: target, mode, source: path.join(this.#of(id), source), ...(archive !== undefined && { archive }) };
  }

  /** They are copied in, or never will be. Those that are not there are no error. */
  async drop(id: string, files: readonly { readonly source: string }[]): Promise<void> {
    for (const { source } of files) {
      const file = path.join(this.#of(id), source);
      await rm(file, { force: true });
      await rm(placeNote(file), { force: true });
    }
  }

  /** Removes what nobody waits for: commits that never were. To be called while there can be none. */
  async keepOnly(wanted: ReadonlySet<string>): Promise<void> {
    for (const id of await names(this.#directory)) {
      const sources = new Set((await names(this.#of(id))).map((name) => path.parse(name).name));
      for (const source of sources) if (!wanted.has(source)) await this.drop(id, [{ source }]);
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.#of(id), { recursive: true, force: true });
  }

  #of(id: string): string {
    return path.join(this.#directory, id);
  }
}

/** Beside a file that is staged: where it was found to belong. */
export function placeNote(source: string): string {
  return `${source}.place`;
}

/** It may be longer by a part that was not written to its end. */
async function settle(file: string, size: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.truncate(size);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function write(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    for (const part of parts) await handle.writeFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function names(directory: string): Promise<readonly string[]> {
  return await readdir(directory).catch(() => []);
}
