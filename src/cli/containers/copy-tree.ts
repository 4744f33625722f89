/** Files and directories into a container, or out of one. */
import { constants } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '../../client/client.ts';
import { AT_ONCE, Held } from '../../files/held.ts';
import { packTree } from '../../files/pack-tree.ts';
import { type Unpacked, type UnpackTarget, unpackTree } from '../../files/unpack-tree.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { errnoOf, explained } from '../../protocol/file-error.ts';
import { CliError } from '../cli-error.ts';
import { fetchArchive, sendArchive } from './archive-calls.ts';

/** A path as it was written on the command line, of this machine or of a container. */
export interface CopyPlace {
  /** Absolute, without "." and "..". */
  readonly path: string;
  /** It ended with a slash. */
  readonly isDirectory: boolean;
  /** It ended with "." as a name: not the directory is meant but what is in it. */
  readonly isContents: boolean;
  /** For people. */
  readonly written: string;
}

/** A path of a container, where paths begin at its root. */
export interface InnerPlace extends CopyPlace {
  readonly container: string;
}

export interface CopyWatch {
  readonly signal: AbortSignal;
  /** Told how many bytes have gone over. */
  readonly onProgress: (bytes: number) => void;
}

export function readCopyPlace(written: string, resolve: (text: string) => string): CopyPlace {
  const isContents = /(^|\/)\.$/.test(written);
  return { path: resolve(written), isDirectory: /(^|\/)\.{0,2}$/.test(written), isContents, written };
}

/** All of it is sent before anything of it is written. Errors: AgentError, CliError; the signal's reason. */
export async function copyIn(client: Client, from: CopyPlace, to: InnerPlace, watch: CopyWatch): Promise<Unpacked> {
  return await inOwnWords(async () => {
    await using tree = await explained(`read "${from.written}"`, () => Held.open(AT_ONCE, from.path));
    const isDirectory = (await tree.stat()).isDirectory();
    if (from.isDirectory && !isDirectory) throw noDirectory(from.written);
    const isContents = isDirectory && (from.isContents || from.path === '/');
    const name = isContents ? undefined : path.basename(from.path);
    // A file goes into a directory whose path says that it is one, there or not.
    const isInto = !isDirectory && to.isDirectory;
    const done = { entries: 0, bytes: 0 };
    const chunks = packTree(tree, {
      turns: AT_ONCE,
      shown: from.written,
      name,
      signal: watch.signal,
      onItem: ({ size }) => {
        done.entries += 1;
        done.bytes += size;
      },
    });
    const goal = { container: to.container, path: to.path, ...(name !== undefined && !isInto && { name }) };
    await sendArchive(client, chunks, goal, watch.onProgress);
    return done;
  });
}

/** Errors: AgentError, CliError, which say how much was copied before; the signal's reason. */
export async function copyOut(client: Client, from: InnerPlace, to: CopyPlace, watch: CopyWatch): Promise<Unpacked> {
  return await inOwnWords(async () => {
    const isContents = from.isContents || from.path === '/';
    const name = isContents ? undefined : path.posix.basename(from.path);
    await using place = await localPlace(to, name);
    const wanted = { container: from.container, path: from.path, contents: isContents };
    let isFirst = true;
    return await unpackTree(watched(fetchArchive(client, wanted), watch), place.target, {
      turns: AT_ONCE,
      shown: `"${to.written}"`,
      onEntry: ({ type }) => {
        if (isFirst && type !== 'directory') {
          if (from.isDirectory) throw noDirectory(from.written);
          if (to.isDirectory && place.target.type === 'as') throw noDirectory(to.written);
        }
        isFirst = false;
      },
    });
  });
}

async function* watched(chunks: AsyncIterable<Buffer>, watch: CopyWatch): AsyncGenerator<Buffer, void, undefined> {
  let done = 0;
  for await (const chunk of chunks) {
    watch.signal.throwIfAborted();
    yield chunk;
    done += chunk.length;
    watch.onProgress(done);
  }
}

/** Into a directory that is there, by its name; else it gets the name that was written. */
async function localPlace(
  { path: file, written }: CopyPlace,
  name: string | undefined,
): Promise<AsyncDisposable & { readonly target: UnpackTarget }> {
  const isThere = await explained(`write "${written}"`, () => isDirectoryThere(file));
  const directory = isThere ? file : path.dirname(file);
  const held = await explained(`write "${written}"`, () => Held.open(AT_ONCE, directory, constants.O_DIRECTORY));
  const target: UnpackTarget = isThere
    ? { type: 'into', directory: held }
    : { type: 'as', parent: held, name: path.basename(file), of: name };
  return { target, [Symbol.asyncDispose]: () => held[Symbol.asyncDispose]() };
}

async function isDirectoryThere(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isDirectory();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function noDirectory(written: string): CliError {
  return new CliError(`Cannot copy with "${written}": it ends as the path of a directory, and there is none`);
}

/** What this machine refuses is refused to the caller, and not to the agent. */
async function inOwnWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AgentError) || !isOfThisMachine(error)) throw error;
    throw new CliError(
      error.message.replaceAll(/\bthe agent (may not|has)/g, 'you $1').replace('you has', 'you have'),
      { cause: error },
    );
  }
}

function isOfThisMachine(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (errnoOf(error) !== undefined && !(error instanceof AgentError)) || isOfThisMachine(error.cause);
}
