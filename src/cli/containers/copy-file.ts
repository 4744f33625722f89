/** One file into a container, or out of one, in parts that fit into frames. */
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '../../client/client.ts';
import { isAgentError } from '../../protocol/agent-error.ts';
import { errnoOf } from '../../protocol/file-error.ts';
import { CliError } from '../cli-error.ts';

/** Bytes that fit into one frame as base64. */
const PART_BYTES = 512 * 1024;

/** A file of a container: an absolute path without "." and ".."; one that ends with "/" is a directory. */
export interface InnerFile {
  readonly container: string;
  readonly path: string;
}

/**
 * Resolves to how many bytes it has. In a directory it keeps its name. Errors: AgentError; CliError for what is no file,
 * and for what this machine refuses.
 */
export async function copyIn(client: Client, file: string, { container, path: inner }: InnerFile): Promise<number> {
  return await told(`read "${file}"`, async () => {
    // Whoever opens a pipe waits for its other end.
    const stats = await stat(file);
    if (!stats.isFile()) throw noFile(file, stats.isDirectory(), container);
    await using source = await open(file, 'r');
    const target = inner.endsWith('/') ? `${inner}${path.basename(file)}` : inner;
    let { handle } = (await client.call('container.get_handle', { container })) as { handle: string };
    let offset = 0;
    for await (const part of partsOf(source)) {
      const more = offset === 0 ? { mode: stats.mode & 0o777 } : { append: true };
      const args = { handle, path: target, data: part.toString('base64'), ...more };
      ({ handle } = (await client.call('container.copy_to', args)) as { handle: string });
      offset += part.length;
    }
    try {
      await client.call('container.commit', { handle });
    } catch (error) {
      if (!isAgentError(error) || error.code !== 'bad-path') throw error;
      const advice = [`A path that ends with "/" is a directory, in which it keeps its name: ${container}:${inner}/`];
      throw new CliError(error.message, { cause: error, ...(target === inner && { advice }) });
    }
    return offset;
  });
}

/** At least one: an empty file has an empty part. */
async function* partsOf(source: FileHandle): AsyncIterable<Buffer> {
  for (let isFirst = true; ; isFirst = false) {
    const buffer = Buffer.allocUnsafe(PART_BYTES);
    const { bytesRead } = await source.read(buffer, 0, PART_BYTES, null);
    if (bytesRead > 0 || isFirst) yield buffer.subarray(0, bytesRead);
    if (bytesRead === 0) return;
  }
}

/** Resolves to how many bytes it has. It appears with all of them and its mode, or not at all. Errors: AgentError, CliError. */
export async function copyOut(client: Client, source: InnerFile, file: string): Promise<number> {
  const temporary = `${file}.corex-${String(process.pid)}`;
  let part = await fetchPart(client, source, 0);
  return await told(`write "${file}"`, async () => {
    const target = await open(temporary, 'wx', part.mode & 0o777);
    let offset = 0;
    try {
      try {
        for (; part.bytes.length > 0; part = await fetchPart(client, source, offset)) {
          await target.writeFile(part.bytes);
          offset += part.bytes.length;
        }
      } finally {
        await target.close();
      }
      await rename(temporary, file);
      return offset;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}

async function fetchPart(client: Client, source: InnerFile, offset: number): Promise<{ mode: number; bytes: Buffer }> {
  const args = { ...source, offset, length: PART_BYTES };
  const { mode, data } = (await client.call('container.copy_from', args)) as { mode: number; data: string };
  return { mode, bytes: Buffer.from(data, 'base64') };
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'a part of the path is no directory',
  EISDIR: 'it is a directory',
  EACCES: 'you may not do this',
  EPERM: 'you may not do this',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the file system is full',
};

/** Does something with a file of this machine; what the system refuses is told in words. */
async function told<T>(action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const errno = isAgentError(error) ? undefined : errnoOf(error);
    if (errno === undefined) throw error;
    throw new CliError(`Cannot ${action}: ${WHY[errno] ?? errno}`, { cause: error });
  }
}

function noFile(file: string, isDirectory: boolean, container: string): CliError {
  if (!isDirectory) return new CliError(`Cannot copy "${file}": it is no file`);
  return new CliError(`Cannot copy "${file}": it is a directory, and one file at a time is copied`, {
    advice: [`Where the container has tar: tar c -C ${file} . | corex exec -i ${container} -- tar x -C /DIR`],
  });
}
