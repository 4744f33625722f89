import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface TempDir extends AsyncDisposable {
  readonly path: string;
  /** The path of a file or folder inside. */
  at(...names: string[]): string;
}

/**
 * A fresh directory that is removed with all it holds when its owner is done: `await using directory = tempDir()`.
 * Paths are short, so that a unix socket fits into them.
 */
export function tempDir(): TempDir {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'd-')));
  return {
    path: directory,
    at: (...names) => path.join(directory, ...names),
    [Symbol.asyncDispose]: async () => {
      // Something that is just ending may still write a file while its directory is being emptied.
      await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}
