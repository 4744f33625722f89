import { AgentError } from '../../protocol/agent-error.ts';
import type { FileEntry, FilePage } from '../../protocol/files.ts';
import { fileEntry } from './describe-file.ts';
import type { Disk } from './disk.ts';
import { errnoOf } from '../../protocol/file-error.ts';
import type { Held } from '../../files/held.ts';
import { readDirectory } from '../../files/read-directory.ts';

/** A page has about so many bytes as JSON, so that it fits into an answer. */
const PAGE_BYTES = 512 * 1024;

export interface ListOptions {
  /** At most this many entries. */
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string;
  readonly signal: AbortSignal;
}

/**
 * A page of a directory, in the order of the names' bytes. However large the directory is, no more than two pages of
 * names are held; each page reads all of it, so that what is there the whole time is told exactly once.
 */
export async function listDirectory(disk: Disk, directory: Held, options: ListOptions): Promise<FilePage> {
  const { limit, signal } = options;
  const after = options.after === undefined ? undefined : readCursor(options.after);
  // One more than wanted tells whether something is left.
  const names = await smallest(disk, directory, after, limit + 1, signal);
  const entries: FileEntry[] = [];
  let bytes = 0;
  for (const [at, name] of names.entries()) {
    const last = names[at - 1];
    if (last !== undefined && (at === limit || bytes > PAGE_BYTES)) return { entries, next: writeCursor(last) };
    signal.throwIfAborted();
    const entry = await entryOrNothing(disk, directory, name);
    if (entry === undefined) continue;
    entries.push(entry);
    bytes += JSON.stringify(entry).length;
  }
  return { entries };
}

async function smallest(
  disk: Disk,
  directory: Held,
  after: Buffer | undefined,
  count: number,
  signal: AbortSignal,
): Promise<Buffer[]> {
  let kept: Buffer[] = [];
  const cut = (): void => {
    kept = kept.sort((a, b) => Buffer.compare(a, b)).slice(0, count);
  };
  for await (const batch of readDirectory(disk, directory)) {
    signal.throwIfAborted();
    for (const name of batch) if (after === undefined || Buffer.compare(name, after) > 0) kept.push(name);
    if (kept.length > 2 * count) cut();
  }
  cut();
  return kept;
}

/** What was removed since its name was read is left out. */
async function entryOrNothing(disk: Disk, directory: Held, name: Buffer): Promise<FileEntry | undefined> {
  try {
    return await fileEntry(disk, directory, name);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function writeCursor(name: Buffer): string {
  return name.toString('base64url');
}

function readCursor(cursor: string): Buffer {
  const name = Buffer.from(cursor, 'base64url');
  if (name.length > 0 && writeCursor(name) === cursor) return name;
  throw new AgentError('bad-arguments', `Cannot go on after "${cursor}": it is not the "next" of a page`);
}
