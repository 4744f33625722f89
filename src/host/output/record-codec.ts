/**
 * Output records as bytes: the one encoding of segment files and of small outputs kept as a blob.
 *
 * ```
 * head     "corexo1\n" (8, the digit is the version) · start position (u64)
 * record   kind (u8) · 0 (u8) · epoch or gap length (u48) · payload length or run number (u32) · check (u32)
 *          payload
 * ```
 * Numbers are big-endian. Positions count payload and gaps only, so the head's position and the lengths give every
 * record its place. The check covers the record's header; what follows a wrong one can't be trusted and is cut.
 */
import type { OutputItem, OutputStream } from '../../protocol/output.ts';

/** Bytes before the first record. */
export const HEAD_BYTES = 16;

/** Bytes before each record's payload. */
export const RECORD_HEADER_BYTES = 16;

export type RecordHeader =
  | { readonly type: 'bytes'; readonly stream: OutputStream; readonly epoch: number; readonly length: number }
  | { readonly type: 'run'; readonly run: number; readonly epoch: number }
  | { readonly type: 'gap'; readonly length: number };

/** A place between or inside records: `offset` bytes into the file, at `position` of the log. */
export interface RecordCursor {
  readonly position: number;
  readonly offset: number;
  /** Set inside a record: whose payload goes on here, and how much of it is left. */
  readonly inside?: { readonly stream: OutputStream; readonly epoch: number; readonly left: number };
}

export interface DecodedRecords {
  readonly items: OutputItem[];
  readonly cursor: RecordCursor;
  /** A header that can't be read stands at the cursor: nothing after it counts. */
  readonly broken: boolean;
}

const MAGIC = Buffer.from('corexo1\n', 'latin1');
const KINDS = { stdout: 1, stderr: 2, pty: 3, run: 4, gap: 5 } as const;
const STREAMS: readonly (OutputStream | undefined)[] = [undefined, 'stdout', 'stderr', 'pty'];

/** The head of a file or blob whose first record is at `start`. */
export function encodeHead(start: number): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  MAGIC.copy(head);
  head.writeBigUInt64BE(BigInt(start), 8);
  return head;
}

/** The position of the first record, or undefined when these bytes are not ours or of another version. */
export function decodeHead(bytes: Uint8Array): number | undefined {
  const head = asBuffer(bytes);
  if (head.length < HEAD_BYTES || head.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) !== 0) return undefined;
  const start = Number(head.readBigUInt64BE(8));
  return Number.isSafeInteger(start) ? start : undefined;
}

/** Writes a record's header at `offset`. */
export function encodeRecordHeader(into: Buffer, offset: number, header: RecordHeader): void {
  const isBytes = header.type === 'bytes';
  into[offset] = isBytes ? KINDS[header.stream] : KINDS[header.type];
  into[offset + 1] = 0;
  into.writeUIntBE(header.type === 'gap' ? header.length : header.epoch, offset + 2, 6);
  into.writeUInt32BE(isBytes ? header.length : header.type === 'run' ? header.run : 0, offset + 8);
  into.writeUInt32BE(checkOf(into, offset), offset + 12);
}

/** Reads the header at `offset`; undefined when there is none that holds together. */
export function decodeRecordHeader(from: Buffer, offset: number): RecordHeader | undefined {
  if (offset + RECORD_HEADER_BYTES > from.length) return undefined;
  if (from.readUInt32BE(offset + 12) !== checkOf(from, offset) || from[offset + 1] !== 0) return undefined;
  const kind = from[offset] ?? 0;
  const wide = from.readUIntBE(offset + 2, 6);
  const narrow = from.readUInt32BE(offset + 8);
  const stream = STREAMS[kind];
  if (stream !== undefined) return { type: 'bytes', stream, epoch: wide, length: narrow };
  if (kind === KINDS.run) return { type: 'run', run: narrow, epoch: wide };
  return kind === KINDS.gap ? { type: 'gap', length: wide } : undefined;
}

/**
 * Reads the records in `window`, the file's bytes from `at.offset` on, up to `maxBytes` of payload. The items share
 * memory with the window. A record cut off by the window's end is given as far as it is there.
 */
export function decodeRecords(window: Buffer, at: RecordCursor, maxBytes: number): DecodedRecords {
  const items: OutputItem[] = [];
  let { position, inside } = at;
  let here = 0;
  let room = maxBytes;
  for (;;) {
    if (inside !== undefined) {
      const length = Math.min(inside.left, window.length - here, room);
      if (length > 0) {
        const bytes = window.subarray(here, here + length);
        items.push({ type: 'bytes', stream: inside.stream, position, epoch: inside.epoch, bytes });
      }
      position += length;
      here += length;
      room -= length;
      inside = length < inside.left ? { ...inside, left: inside.left - length } : undefined;
    }
    if (inside !== undefined || room <= 0 || here + RECORD_HEADER_BYTES > window.length) break;
    const header = decodeRecordHeader(window, here);
    if (header === undefined) return { items, cursor: { position, offset: at.offset + here }, broken: true };
    here += RECORD_HEADER_BYTES;
    if (header.type === 'bytes') {
      inside = { stream: header.stream, epoch: header.epoch, left: header.length };
    } else if (header.type === 'run') {
      items.push({ type: 'run', run: header.run, position, epoch: header.epoch });
    } else {
      items.push({ type: 'gap', from: position, to: position + header.length });
      position += header.length;
    }
  }
  const offset = at.offset + here;
  return { items, cursor: inside === undefined ? { position, offset } : { position, offset, inside }, broken: false };
}

/** Items in order as one blob. What is missing between two of them becomes a gap. */
export function encodeItems(items: readonly OutputItem[]): Uint8Array {
  const start = items[0] === undefined ? 0 : firstPosition(items[0]);
  const parts: Uint8Array[] = [encodeHead(start)];
  let position = start;
  const add = (header: RecordHeader): void => {
    const bytes = Buffer.allocUnsafe(RECORD_HEADER_BYTES);
    encodeRecordHeader(bytes, 0, header);
    parts.push(bytes);
  };
  for (const item of items) {
    const from = firstPosition(item);
    if (from > position) add({ type: 'gap', length: from - position });
    position = Math.max(position, from);
    if (item.type === 'run') {
      add({ type: 'run', run: item.run, epoch: item.epoch });
    } else if (item.type === 'gap') {
      add({ type: 'gap', length: item.to - item.from });
      position = item.to;
    } else {
      add({ type: 'bytes', stream: item.stream, epoch: item.epoch, length: item.bytes.length });
      parts.push(item.bytes);
      position += item.bytes.length;
    }
  }
  return Buffer.concat(parts);
}

/** The items of a blob, sharing its memory. A torn end is cut; bytes that are not ours give none. */
export function decodeItems(blob: Uint8Array): OutputItem[] {
  const position = decodeHead(blob);
  if (position === undefined) return [];
  const records = asBuffer(blob).subarray(HEAD_BYTES);
  return decodeRecords(records, { position, offset: HEAD_BYTES }, Number.MAX_SAFE_INTEGER).items;
}

function firstPosition(item: OutputItem): number {
  return item.type === 'gap' ? item.from : item.position;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** FNV-1a over a header's first 12 bytes: no library, 12 multiplications. */
function checkOf(bytes: Buffer, offset: number): number {
  let hash = 0x811c9dc5;
  for (let index = offset; index < offset + 12; index += 1) {
    hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  }
  return hash >>> 0;
}
