import { mkdir, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { PendingFile } from '../protocol/container.ts';
import type { StagedFile } from './container-maker.ts';
import type { CollectedFile } from './pending-change.ts';

/** The bytes of files that wait to be copied in. Nothing here is ever changed. */
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
    for (const { source, parts } of files) await write(path.join(this.#of(id), source), parts);
  }

  staged(id: string, { path: target, mode, source }: PendingFile): StagedFile {
    return { path: target, mode, source: path.join(this.#of(id), source) };
  }

  /** They are copied in, or never will be. Those that are not there are no error. */
  async drop(id: string, files: readonly { readonly source: string }[]): Promise<void> {
    for (const { source } of files) await rm(path.join(this.#of(id), source), { force: true });
  }

  /** Removes what nobody waits for: commits that never were. To be called while there can be none. */
  async keepOnly(wanted: ReadonlySet<string>): Promise<void> {
    for (const id of await names(this.#directory)) {
      for (const name of await names(this.#of(id))) if (!wanted.has(name)) await this.drop(id, [{ source: name }]);
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.#of(id), { recursive: true, force: true });
  }

  #of(id: string): string {
    return path.join(this.#directory, id);
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
