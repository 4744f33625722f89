/** One header of a tar archive, as its 512 bytes say it. Sources: POSIX.1-2024 (ustar, pax), the manual of GNU tar. */
import { ArchiveError } from './archive-error.ts';

export const BLOCK = 512;

/** What a header says before pax records and long names change it. Names are bytes: they need not be text. */
export interface TarHeader {
  readonly type: string;
  readonly name: Buffer;
  /** Where a link leads; empty for others. */
  readonly linkName: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes that follow. */
  readonly size: number;
  /** Seconds since 1970, before it too. */
  readonly mtime: number;
}

const NUL = 0;
const SPACE = 0x20;
const LONGEST_NAME = 100;
/** A directory of old archives is a file whose name ends so. */
const SLASH = 0x2f;

/** Reads a block. Undefined for one of zeros, which ends an archive. Errors: ArchiveError. */
export function parseTarHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  checkSum(block);
  const magic = block.toString('latin1', 257, 265);
  const isUstar = magic.startsWith('ustar\0');
  const isGnu = magic === 'ustar  \0';
  const own = text(block, 0, LONGEST_NAME);
  const prefix = isUstar ? text(block, 345, 155) : Buffer.alloc(0);
  const name = prefix.length === 0 ? own : Buffer.concat([prefix, Buffer.from('/'), own]);
  const flag = String.fromCharCode(block[156] ?? 0);
  const plain = flag === '\0' || flag === '7' ? '0' : flag;
  const type = plain === '0' && !isUstar && !isGnu && name.at(-1) === SLASH ? '5' : plain;
  return {
    type,
    name,
    linkName: text(block, 157, LONGEST_NAME),
    mode: number(block, 100, 8, 'mode') & 0o7777,
    uid: number(block, 108, 8, 'owner'),
    gid: number(block, 116, 8, 'group'),
    size: number(block, 124, 12, 'size'),
    mtime: number(block, 136, 12, 'time', true),
  };
}

/** The sum of all bytes, those of the sum itself taken for spaces; some old programs summed signed ones. */
function checkSum(block: Buffer): void {
  const told = number(block, 148, 8, 'checksum');
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < BLOCK; at += 1) {
    const byte = at >= 148 && at < 156 ? SPACE : (block[at] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  if (told !== unsigned && told !== signed)
    throw new ArchiveError('its checksum is wrong: this is no tar archive, or it is damaged');
}

/** Up to a NUL or the end of the field. A copy: the block's bytes are used again. */
function text(block: Buffer, start: number, length: number): Buffer {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(NUL);
  return Buffer.from(end === -1 ? field : field.subarray(0, end));
}

/** Octal digits, or big-endian bytes behind a set bit where the digits don't suffice. */
function number(block: Buffer, start: number, length: number, what: string, mayBeNegative = false): number {
  const field = block.subarray(start, start + length);
  if (((field[0] ?? 0) & 0x80) !== 0) return binary(field, what, mayBeNegative);
  const digits = field.toString('latin1').replaceAll(/^[ \0]+|[ \0]+$/g, '');
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw new ArchiveError(`its ${what} is no number`);
  return Number.parseInt(digits, 8);
}

function binary(field: Buffer, what: string, mayBeNegative: boolean): number {
  const isNegative = ((field[0] ?? 0) & 0x40) !== 0;
  let value = 0n;
  for (const [index, byte] of field.entries()) value = (value << 8n) | BigInt(index === 0 ? byte & 0x7f : byte);
  if (isNegative) value -= 1n << BigInt(field.length * 8 - 1);
  const result = Number(value);
  if ((isNegative && !mayBeNegative) || !Number.isSafeInteger(result))
    throw new ArchiveError(`its ${what} is out of bounds`);
  return result;
}
