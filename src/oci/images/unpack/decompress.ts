/** Undoes the compression of an archive, told by its first bytes and not by what it is called. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { ArchiveError } from '../../../files/archive-error.ts';
import { ZstdFrames } from './zstd-frames.ts';

/** Bytes that tell how the rest is compressed. */
const MARKS: readonly { readonly name: string; readonly bytes: readonly number[] }[] = [
  { name: 'gzip', bytes: [0x1f, 0x8b] },
  { name: 'zstd', bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'xz', bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: 'bzip2', bytes: [0x42, 0x5a, 0x68] },
];
const LONGEST_MARK = 6;

/** What comes next; no value at the end. */
interface Next {
  readonly done?: boolean | undefined;
  readonly value: Buffer | undefined;
}

/** What is in a stream, uncompressed. Errors: ArchiveError for damaged data and for compressions images do not have. */
export async function* decompressed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let isAll = false;
  while (head.length < LONGEST_MARK && !isAll) {
    const { done = false, value } = (await iterator.next()) as Next;
    isAll = done;
    if (value !== undefined) head = Buffer.concat([head, value]);
  }
  const rest = prepended(head, iterator);
  switch (compressionOf(head)) {
    case undefined:
      yield* rest;
      return;
    case 'gzip':
      yield* through(createGunzip(), rest, 'gzip');
      return;
    case 'zstd':
    case 'skippable':
      yield* unzstd(rest);
      return;
    default:
      throw new ArchiveError(`it is compressed by ${compressionOf(head) ?? ''}: gzip, zstd or none is wanted`);
  }
}

function compressionOf(head: Buffer): string | undefined {
  // A zstd stream may begin with a frame that is to be skipped.
  if (head.length >= 4 && (head.readUInt32LE(0) & 0xfffffff0) >>> 0 === 0x184d2a50) return 'skippable';
  return MARKS.find(({ bytes }) => bytes.every((byte, at) => head[at] === byte))?.name;
}

async function* prepended(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  if (head.length > 0) yield head;
  for (;;) {
    const { value } = (await rest.next()) as Next;
    if (value === undefined) return;
    yield value;
  }
}

async function* unzstd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const frames = new ZstdFrames();
  const iterator = chunks[Symbol.asyncIterator]();
  let parts: Iterator<{ bytes: Buffer; ends: boolean }> = [].values();
  const next = async (): Promise<{ bytes: Buffer; ends: boolean } | undefined> => {
    for (;;) {
      const part = parts.next();
      if (part.done !== true) return part.value;
      const chunk = await iterator.next();
      if (chunk.done === true) {
        frames.end();
        return undefined;
      }
      parts = frames.push(chunk.value);
    }
  };
  for (let first = await next(); first !== undefined; first = await next()) {
    yield* through(createZstdDecompress(), oneFrame(first, next), 'zstd');
  }
}

async function* oneFrame(
  first: { bytes: Buffer; ends: boolean },
  next: () => Promise<{ bytes: Buffer; ends: boolean } | undefined>,
): AsyncGenerator<Buffer, void, undefined> {
  for (let part: typeof first | undefined = first; part !== undefined; part = await next()) {
    yield part.bytes;
    if (part.ends) return;
  }
}

/** What a decoder makes of chunks. Whoever leaves early ends both. */
async function* through(
  decoder: Gunzip | ZstdDecompress,
  chunks: AsyncIterable<Buffer>,
  name: string,
): AsyncGenerator<Buffer, void, undefined> {
  // What goes wrong in either ends the decoder, which tells below.
  pipeline(Readable.from(chunks, { objectMode: false }), decoder, () => undefined);
  try {
    for await (const chunk of decoder) yield chunk as Buffer;
  } catch (error) {
    if (isZlibError(error)) throw new ArchiveError(`its ${name} data is damaged: ${error.message}`);
    throw error;
  }
}

function isZlibError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && /^(Z_|ZSTD_|ERR_)/.test(String(error.code));
}
