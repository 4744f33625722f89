/**
 * A file or directory as a tar archive, made while it is read. Everything is held by a descriptor before it is looked at, and
 * entered without following links: whatever is moved or replaced meanwhile, nothing outside of the tree gets in.
 */
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { open, readlink } from 'node:fs/promises';
import { AgentError } from '../protocol/agent-error.ts';
import { explained } from '../protocol/file-error.ts';
import { shownName } from './archive-error.ts';
import { fill } from './file-bytes.ts';
import { fileType } from './file-type.ts';
import type { Held, Name, Turns } from './held.ts';
import { readDirectory } from './read-directory.ts';
import { TAR_END, tarHeader, tarPadding, type TarItem } from './tar-writer.ts';

const { O_NOCTTY, O_NONBLOCK, O_RDONLY } = constants;
/** Bytes of a file that are read at once. */
const CHUNK_BYTES = 256 * 1024;
/** As many of a file that says it is empty. */
const UNTOLD_BYTES = 64 * 1024;
/** As deep as an archive is unpacked again. */
const DEEPEST = 255;
/** Set-user-id and set-group-id do not go along: whoever copies would hand out rights. */
const KEPT_MODE = 0o1777;

export interface PackOptions {
  readonly turns: Turns;
  /** What messages call the tree: `"/srv/site"`, a path of whoever hears them. */
  readonly shown: string;
  /** The name it has in the archive; undefined for a directory whose content it is about. */
  readonly name: string | undefined;
  readonly signal?: AbortSignal;
  /** Told of each file, directory and link before it is read. */
  readonly onItem?: (item: TarItem) => void;
}

/**
 * Links are copied as links, files with several names as several files. Errors: AgentError `bad-path` for what is no file,
 * directory or link, `file-changed` for a file that became shorter meanwhile, and those of files; each names what it is about.
 */
export async function* packTree(tree: Held, options: PackOptions): AsyncGenerator<Buffer, void, undefined> {
  const packing = new Packing(options);
  const path = options.name === undefined ? [] : [Buffer.from(options.name)];
  yield* packing.pack(tree, path, []);
  yield TAR_END;
}

class Packing {
  readonly #options: PackOptions;

  constructor(options: PackOptions) {
    this.#options = options;
  }

  /** `path`: names in the archive; `below`: those below the tree, for people. */
  async *pack(node: Held, path: readonly Buffer[], below: readonly Buffer[]): AsyncGenerator<Buffer, void, undefined> {
    this.#options.signal?.throwIfAborted();
    const shown = this.#shown(below);
    const stats = await explained(`read ${shown}`, () => node.stat());
    const type = fileType(stats);
    if (type === 'directory') yield* this.#directory(node, stats, path, below);
    else if (type === 'file') yield* this.#file(node, stats, path, shown);
    else if (type === 'link') throw new TypeError('A link is read by its name');
    else {
      throw new AgentError(
        'bad-path',
        `Cannot copy ${shown}: it is a ${type.replace('-', ' ')}, and only files, directories and links are copied`,
      );
    }
  }

  async *#directory(
    node: Held,
    stats: BigIntStats,
    path: readonly Buffer[],
    below: readonly Buffer[],
  ): AsyncGenerator<Buffer, void, undefined> {
    const { turns } = this.#options;
    const shown = this.#shown(below);
    if (path.length > DEEPEST) {
      throw new AgentError('bad-path', `Cannot copy ${shown}: it is more than ${DEEPEST} directories deep`);
    }
    yield this.#header({ type: 'directory', ...commonOf(stats, path), size: 0 });
    const batches = readDirectory(turns, node)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const batch = await explained(`read ${shown}`, () => batches.next());
        if (batch.done === true) return;
        for (const name of batch.value) yield* this.#child(node, name, [...path, name], [...below, name]);
      }
    } finally {
      await batches.return();
    }
  }

  /** What is gone by now was removed while the rest was copied. */
  async *#child(
    parent: Held,
    name: Name,
    path: readonly Buffer[],
    below: readonly Buffer[],
  ): AsyncGenerator<Buffer, void, undefined> {
    await using child = await explained(`read ${this.#shown(below)}`, () => parent.child(name));
    if (child === undefined) return;
    const stats = await child.stat();
    if (!stats.isSymbolicLink()) {
      yield* this.pack(child, path, below);
      return;
    }
    // Where it leads is read by its name. If that stands for another link by now, that one is copied, and none is followed.
    const linkName = await explained(`read ${this.#shown(below)}`, () =>
      this.#options.turns.do(() => readlink(parent.at(name), { encoding: 'buffer' })),
    );
    yield this.#header({ type: 'symlink', ...commonOf(stats, path), linkName, size: 0 });
  }

  async *#file(
    node: Held,
    stats: BigIntStats,
    path: readonly Buffer[],
    shown: string,
  ): AsyncGenerator<Buffer, void, undefined> {
    const { turns, signal } = this.#options;
    const file = await explained(`read ${shown}`, () =>
      turns.do(() => open(node.path, O_RDONLY | O_NONBLOCK | O_NOCTTY)),
    );
    const read = (bytes: number): Promise<Buffer> =>
      explained(`read ${shown}`, () => turns.do(() => fill(file, Buffer.allocUnsafe(bytes))));
    try {
      const told = Number(stats.size);
      // A short one is read before its size is told: files of /proc say that they are empty.
      const first = await read(told === 0 ? UNTOLD_BYTES : Math.min(CHUNK_BYTES, told));
      const size = told <= CHUNK_BYTES ? first.length : told;
      yield Buffer.concat([this.#header({ type: 'file', ...commonOf(stats, path), size }), first]);
      for (let done = first.length; done < size;) {
        signal?.throwIfAborted();
        const bytes = await read(Math.min(CHUNK_BYTES, size - done));
        if (bytes.length === 0) {
          throw new AgentError('file-changed', `Cannot copy ${shown}: it became shorter while it was read`);
        }
        done += bytes.length;
        yield bytes;
      }
      yield tarPadding(size);
    } finally {
      await file.close();
    }
  }

  #header(item: TarItem): Buffer {
    this.#options.onItem?.(item);
    return tarHeader(item);
  }

  #shown(below: readonly Buffer[]): string {
    const { shown } = this.#options;
    const text = below.map((name) => name.toString('utf8')).join('/');
    return shownName(Buffer.from(below.length === 0 ? shown : `${shown.replace(/\/$/, '')}/${text}`));
  }
}

function commonOf(stats: BigIntStats, path: readonly Buffer[]): Pick<TarItem, 'name' | 'mode' | 'mtime'> {
  const name =
    path.length === 0
      ? Buffer.from('.')
      : Buffer.concat(path.flatMap((part, at) => (at === 0 ? [part] : [Buffer.from('/'), part])));
  return { name, mode: Number(stats.mode) & KEPT_MODE, mtime: stats.mtimeNs };
}
