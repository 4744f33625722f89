/**
 * Writes a tar archive into a tree that others may change meanwhile. Every directory is held by a descriptor and entered without
 * following links, so nothing is written outside of the tree, whatever is in it and in the archive.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chown, open, rename, symlink, unlink, utimes, type FileHandle } from 'node:fs/promises';
import { AgentError } from '../protocol/agent-error.ts';
import { fileError } from '../protocol/file-error.ts';
import { ArchiveError, shownName } from './archive-error.ts';
import { partsOf } from './entry-name.ts';
import { writeFully } from './file-bytes.ts';
import { EXCHANGED, HeldLevels, type LevelOptions } from './held-levels.ts';
import type { Held } from './held.ts';
import { type TarEntry, TarReader } from './tar-reader.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
/** See pack-tree.ts: of an archive that others made it may not come either. */
const KEPT_MODE = 0o1777;

/** Where the tree of an archive goes. */
export type UnpackTarget =
  /** All entries into a directory that is there. */
  | { readonly type: 'into'; readonly directory: Held }
  /** The entry `of`, or the whole content without it, becomes `name` in a directory. */
  | { readonly type: 'as'; readonly parent: Held; readonly name: string; readonly of: string | undefined };

export interface UnpackOptions extends LevelOptions {
  /** What messages call the place: `"/srv/site"`. */
  readonly shown: string;
  readonly onEntry?: (entry: TarEntry) => void;
}

export interface Unpacked {
  /** Files, directories and links. */
  readonly entries: number;
  /** Bytes of files. */
  readonly bytes: number;
}

/**
 * Directories that are there stay what they are, and what they have besides; files and links take the place of what is no
 * directory. A file appears as a whole. Errors: AgentError `bad-path` for an archive that is damaged or has what can't be
 * copied, and for what stands in the way; those of files. Each names what it is about, and says how much was copied before.
 */
export async function unpackTree(
  chunks: AsyncIterable<Buffer>,
  target: UnpackTarget,
  options: UnpackOptions,
): Promise<Unpacked> {
  await using writer = new TreeWriter(target, options);
  const steps: Step[] = [];
  const reader = new TarReader({
    entry: (entry) => steps.push({ type: 'entry', entry }),
    data: (bytes) => steps.push({ type: 'data', bytes }),
    entryEnd: () => steps.push({ type: 'end' }),
  });
  try {
    for await (const chunk of chunks) {
      reader.push(chunk);
      for (const step of steps.splice(0)) await writer.take(step);
    }
    reader.end();
    await writer.finish();
  } catch (error) {
    throw told(error, options.shown, writer.done);
  }
  return writer.done;
}

/** What an archive says, in order. */
type Step =
  | { readonly type: 'entry'; readonly entry: TarEntry }
  | { readonly type: 'data'; readonly bytes: Buffer }
  | { readonly type: 'end' };

function told(error: unknown, shown: string, { entries }: Unpacked): unknown {
  const known =
    error instanceof ArchiveError
      ? new AgentError('bad-path', `Cannot copy to ${shown}: ${error.message}`, { cause: error })
      : error;
  if (!(known instanceof AgentError) || entries === 0) return known;
  const copied = `; ${entries} ${entries === 1 ? 'entry was' : 'entries were'} copied before`;
  return new AgentError(known.code, `${known.message}${copied}`, { cause: error });
}

/** A file on its way to its place. */
interface OpenFile {
  readonly handle: FileHandle;
  readonly parent: Held;
  readonly temporary: string;
  readonly name: Buffer;
  readonly entry: TarEntry;
}

class TreeWriter implements AsyncDisposable {
  readonly #target: UnpackTarget;
  readonly #options: UnpackOptions;
  readonly #levels: HeldLevels;
  #file: OpenFile | undefined;
  #entries = 0;
  #bytes = 0;

  constructor(target: UnpackTarget, options: UnpackOptions) {
    this.#target = target;
    this.#options = options;
    this.#levels = new HeldLevels(target.type === 'into' ? target.directory : target.parent, options);
  }

  get done(): Unpacked {
    return { entries: this.#entries, bytes: this.#bytes };
  }

  async take(step: Step): Promise<void> {
    if (step.type === 'entry') {
      this.#options.onEntry?.(step.entry);
      const parts = this.#placeOf(step.entry);
      await this.#named(parts, () => this.#begin(step.entry, parts));
    } else if (this.#file !== undefined) {
      const { name } = this.#file.entry;
      if (step.type === 'data') await this.#named([name], () => this.#write(step.bytes));
      else await this.#named([name], () => this.#settle());
    } else if (step.type === 'end') this.#entries += 1;
  }

  async finish(): Promise<void> {
    await this.#levels.leave(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file;
    if (file !== undefined) {
      await file.handle.close();
      await unlink(file.parent.at(file.temporary)).catch(() => undefined);
    }
    await this.#levels[Symbol.asyncDispose]();
  }

  /** The way to an entry below the directory all begins in. */
  #placeOf({ name }: TarEntry): readonly Buffer[] {
    const parts = partsOf(name);
    if (this.#target.type === 'into') return parts;
    const { of, name: root } = this.#target;
    const isOutside = of !== undefined && parts[0]?.toString('utf8') !== of;
    if (isOutside) throw new ArchiveError(`it has ${shownName(name)} beside ${JSON.stringify(of)}`);
    return [Buffer.from(root), ...(of === undefined ? parts : parts.slice(1))];
  }

  async #begin(entry: TarEntry, parts: readonly Buffer[]): Promise<void> {
    const name = parts.at(-1);
    if (entry.type === 'directory') {
      await this.#levels.enter(parts, { mode: entry.mode & KEPT_MODE, mtime: entry.mtime });
      return;
    }
    if (name === undefined) throw new ArchiveError(`its root is a ${entry.type}`);
    const parent = await this.#levels.enter(parts.slice(0, -1));
    if (entry.type === 'file') await this.#open(entry, parent, name);
    else if (entry.type === 'symlink') await this.#link(entry, parent, name);
    else {
      const advice = entry.type === 'hardlink' ? '; "tar --hard-dereference" makes files of those' : '';
      throw new AgentError(
        'bad-path',
        `Cannot copy ${shownName(entry.name)}: it is a ${entry.type.replace('-', ' ')}, and only files, directories and links are copied${advice}`,
      );
    }
  }

  async #open(entry: TarEntry, parent: Held, name: Buffer): Promise<void> {
    await this.#makeWay(parent, name);
    const temporary = temporaryName();
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    const handle = await this.#do(() => open(parent.at(temporary), flags, 0o600));
    this.#file = { handle, parent, temporary, name, entry };
  }

  async #write(bytes: Buffer): Promise<void> {
    const { handle } = this.#file ?? {};
    if (handle !== undefined) await this.#do(() => writeFully(handle, bytes));
    this.#bytes += bytes.length;
  }

  async #settle(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    const { handle, parent, temporary, name, entry } = file;
    const { owner } = this.#options;
    // By the descriptor: its name may stand for something else by now.
    if (owner !== undefined) await this.#do(() => handle.chown(owner.uid, owner.gid));
    await this.#do(() => handle.chmod(entry.mode & KEPT_MODE));
    await this.#do(() => handle.utimes(entry.mtime, entry.mtime));
    await this.#do(() => rename(parent.at(temporary), parent.at(name)));
    this.#file = undefined;
    await handle.close();
    this.#entries += 1;
  }

  async #link({ linkName, mtime }: TarEntry, parent: Held, name: Buffer): Promise<void> {
    if (linkName.length === 0 || linkName.includes(0)) throw new ArchiveError('it has a link to nothing');
    await this.#makeWay(parent, name);
    const temporary = temporaryName();
    try {
      // Where it leads is for whoever follows it. We never do.
      await this.#do(() => symlink(linkName, parent.at(temporary)));
      await using made = await parent.child(temporary);
      if (made === undefined || !(await made.stat()).isSymbolicLink()) throw new ArchiveError(EXCHANGED);
      const { owner } = this.#options;
      // The path of a held link is the link itself.
      if (owner !== undefined) await this.#do(() => chown(made.path, owner.uid, owner.gid));
      await this.#do(() => utimes(made.path, mtime, mtime));
      await this.#do(() => rename(parent.at(temporary), parent.at(name)));
    } catch (error) {
      await unlink(parent.at(temporary)).catch(() => undefined);
      throw error;
    }
  }

  /** Errors: AgentError `file-exists` where a directory is. */
  async #makeWay(parent: Held, name: Buffer): Promise<void> {
    await using there = await parent.child(name);
    if (there === undefined || !(await there.stat()).isDirectory()) return;
    throw new AgentError('file-exists', 'there is a directory of this name');
  }

  #do<T>(work: () => Promise<T>): Promise<T> {
    return this.#options.turns.do(work);
  }

  async #named(parts: readonly Buffer[], work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const name = shownName(Buffer.concat(parts.flatMap((part, at) => (at === 0 ? [part] : [SLASH, part]))));
      const action = `write ${name} to ${this.#options.shown}`;
      if (error instanceof ArchiveError) throw new AgentError('bad-path', `Cannot ${action}: ${error.message}`);
      if (error instanceof AgentError && error.code === 'file-exists') {
        throw new AgentError(error.code, `Cannot ${action}: ${error.message}`);
      }
      throw fileError(action, error);
    }
  }
}

const SLASH = Buffer.from('/');

function temporaryName(): string {
  return `.corex-${randomUUID()}`;
}
