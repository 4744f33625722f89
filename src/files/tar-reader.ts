/**
 * Reads a tar archive as it comes, in bounded memory: ustar, pax, and GNU tar's long names and large numbers. Strict: what
 * different readers could understand differently is refused.
 */
import { ArchiveError, shownName } from './archive-error.ts';
import { paxInteger, paxTime, parsePax, type PaxRecords } from './pax.ts';
import { BLOCK, parseTarHeader, type TarHeader } from './tar-header.ts';

/** What an entry is. */
export type EntryType = 'file' | 'hardlink' | 'symlink' | 'character-device' | 'block-device' | 'directory' | 'fifo';

/** An entry with all that several headers say of it. */
export interface TarEntry extends Omit<TarHeader, 'type'> {
  readonly type: EntryType;
  /** Bytes of a file; 0 for others. */
  readonly size: number;
  /** Extended attributes, by name. */
  readonly attributes: ReadonlyMap<string, Buffer>;
}

/** Who is told what an archive holds, in order. What it throws ends the reading. */
export interface TarSink {
  entry(entry: TarEntry): void;
  /** More bytes of the file told of last. They are used again after the call. */
  data(bytes: Buffer): void;
  /** The entry told of last is complete. */
  entryEnd(): void;
}

const TYPES: Readonly<Record<string, EntryType>> = {
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
};

/** Headers that say something of the next entry. */
const LONG: Readonly<Record<string, 'pax' | 'global' | 'name' | 'link'>> = {
  x: 'pax',
  g: 'global',
  L: 'name',
  K: 'link',
};
/** The longest of those: an attacker must not make us hold more. */
const LONGEST = 1024 * 1024;
/** Attributes of one entry, all together: as much as Linux takes for one. */
const MOST_ATTRIBUTE_BYTES = 64 * 1024;
const ATTRIBUTE = 'SCHILY.xattr.';
/** Number that means "unchanged" to chown, and what is beyond it. */
const NO_ID = 0xffff_ffff;

export class TarReader {
  readonly #sink: TarSink;
  /** The beginning of a block whose rest has not come. */
  readonly #block = Buffer.alloc(BLOCK);
  #filled = 0;
  /** Bytes of what comes now, and of the zeros behind it up to the next block. */
  #left = 0;
  #padding = 0;
  #long: { readonly sort: 'pax' | 'global' | 'name' | 'link'; readonly parts: Buffer[] } | undefined;
  #pax: PaxRecords | undefined;
  #longName: Buffer | undefined;
  #longLink: Buffer | undefined;
  #inEntry = false;
  #zeros = 0;
  #headers = 0;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  /** Headers read so far. */
  get headers(): number {
    return this.#headers;
  }

  /** Takes the next bytes. Errors: ArchiveError; what the sink throws. */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      // Behind the end there is only filling.
      if (this.#zeros === 2) return;
      if (this.#left > 0) rest = this.#takeContent(rest);
      else if (this.#padding > 0) rest = this.#skipPadding(rest);
      else rest = this.#takeBlock(rest);
    }
  }

  /** No more bytes come. Errors: ArchiveError when the archive is not complete. */
  end(): void {
    // Some programs leave out the end, and the filling behind the last file.
    const isComplete = this.#left === 0 && this.#filled === 0 && !this.#isPending();
    if (this.#headers === 0 && this.#zeros === 0) throw new ArchiveError('it is empty: this is no tar archive');
    if (!isComplete) throw new ArchiveError('it ends in the middle');
  }

  #isPending(): boolean {
    return this.#pax !== undefined || this.#longName !== undefined || this.#longLink !== undefined;
  }

  #takeContent(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, this.#left);
    this.#left -= part.length;
    if (this.#long === undefined) this.#sink.data(part);
    else this.#long.parts.push(Buffer.from(part));
    if (this.#left === 0) this.#endContent();
    return chunk.subarray(part.length);
  }

  #skipPadding(chunk: Buffer): Buffer {
    const skipped = Math.min(this.#padding, chunk.length);
    this.#padding -= skipped;
    return chunk.subarray(skipped);
  }

  #takeBlock(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, BLOCK - this.#filled);
    part.copy(this.#block, this.#filled);
    this.#filled += part.length;
    if (this.#filled === BLOCK) {
      this.#filled = 0;
      this.#takeHeader(parseTarHeader(this.#block));
    }
    return chunk.subarray(part.length);
  }

  #takeHeader(header: TarHeader | undefined): void {
    if (header === undefined) {
      if (this.#isPending()) throw new ArchiveError('it ends behind an extended header');
      this.#zeros += 1;
      return;
    }
    if (this.#zeros > 0) throw new ArchiveError('an empty block stands between its entries');
    this.#headers += 1;
    const long = LONG[header.type];
    if (long === undefined) {
      this.#beginEntry(this.#assemble(header));
      return;
    }
    if (header.size > LONGEST)
      throw new ArchiveError(`an extended header of ${header.size} bytes: at most ${LONGEST} are taken`);
    this.#long = { sort: long, parts: [] };
    this.#expect(header.size);
    if (header.size === 0) this.#endContent();
  }

  #expect(size: number): void {
    this.#left = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
  }

  #beginEntry(entry: TarEntry): void {
    this.#inEntry = true;
    this.#sink.entry(entry);
    this.#expect(entry.size);
    if (entry.size === 0) this.#endContent();
  }

  #endContent(): void {
    const long = this.#long;
    if (long === undefined) {
      if (this.#inEntry) this.#sink.entryEnd();
      this.#inEntry = false;
      return;
    }
    this.#long = undefined;
    const bytes = Buffer.concat(long.parts);
    switch (long.sort) {
      case 'pax':
        if (this.#pax !== undefined) throw new ArchiveError('two extended headers stand before one entry');
        this.#pax = parsePax(bytes);
        return;
      case 'global':
        // Of comments only. What it says of all entries, other readers do not heed either.
        parsePax(bytes);
        return;
      case 'name':
        this.#longName = untilNul(bytes);
        return;
      case 'link':
        this.#longLink = untilNul(bytes);
    }
  }

  /** One entry of all its headers. pax counts more than long names, and those more than the header. */
  #assemble(header: TarHeader): TarEntry {
    const pax: PaxRecords = this.#pax ?? new Map();
    const name = pax.get('path') ?? this.#longName ?? header.name;
    const linkName = pax.get('linkpath') ?? this.#longLink ?? header.linkName;
    [this.#pax, this.#longName, this.#longLink] = [undefined, undefined, undefined];
    const type = TYPES[header.type];
    const isSparse = header.type === 'S' || pax.keys().some((key) => key.startsWith('GNU.sparse.'));
    if (isSparse) throw new ArchiveError(`${shownName(name)} is a sparse file, which is not taken`);
    if (type === undefined)
      throw new ArchiveError(`${shownName(name)} is of the unknown type ${JSON.stringify(header.type)}`);
    const integer = (key: string, otherwise: number): number => {
      const value = pax.get(key);
      return value === undefined ? otherwise : paxInteger(value, key);
    };
    const size = integer('size', header.size);
    const [uid, gid] = [integer('uid', header.uid), integer('gid', header.gid)];
    if (uid >= NO_ID || gid >= NO_ID)
      throw new ArchiveError(`${shownName(name)} belongs to an impossible user or group`);
    const mtime = pax.get('mtime');
    return {
      type,
      name,
      linkName,
      mode: header.mode,
      uid,
      gid,
      // Others have no content, whatever their header says; so read all readers.
      size: type === 'file' ? size : 0,
      mtime: mtime === undefined ? header.mtime : paxTime(mtime, 'mtime'),
      attributes: attributesOf(pax, name),
    };
  }
}

function attributesOf(pax: PaxRecords, name: Buffer): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  let bytes = 0;
  for (const [key, value] of pax) {
    if (!key.startsWith(ATTRIBUTE)) continue;
    found.set(key.slice(ATTRIBUTE.length), value);
    bytes += key.length + value.length;
  }
  if (bytes > MOST_ATTRIBUTE_BYTES)
    throw new ArchiveError(`${shownName(name)} has more than ${MOST_ATTRIBUTE_BYTES} bytes of extended attributes`);
  return found;
}

function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}
