/** What a file is called by its content. Whoever copies it then holds it against this: it may have changed meanwhile. */
import { open, type FileHandle } from 'node:fs/promises';
import { digestOf, hashLike, type Digest } from '../digest.ts';

const CHUNK = 1024 * 1024;

/** Errors: those of files; the signal's reason. */
export async function hashFile(
  file: FileHandle | string,
  signal: AbortSignal,
): Promise<{ digest: Digest; size: number }> {
  if (typeof file === 'string') {
    await using opened = await open(file, 'r');
    return await hashFile(opened, signal);
  }
  const hash = hashLike(undefined);
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let size = 0; ;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, CHUNK, size);
    if (bytesRead === 0) return { digest: digestOf(hash), size };
    hash.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
}
