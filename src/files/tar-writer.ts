/** Headers of a tar archive. Sources: POSIX.1-2024 (ustar, pax). */
import { BLOCK } from './tar-header.ts';

/** What an archive is told of a file, a directory or a link. Whose it is is not told. */
export interface TarItem {
  readonly type: 'file' | 'directory' | 'symlink';
  /** As bytes: names need not be text. */
  readonly name: Buffer;
  /** Where a link leads. */
  readonly linkName?: Buffer;
  readonly mode: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** Bytes that follow; 0 for others than files. */
  readonly size: number;
}

/** Behind the last item. */
export const TAR_END: Buffer = Buffer.alloc(2 * BLOCK);

const FLAGS = { file: '0', symlink: '2', directory: '5' } as const;
const PAX_FLAG = 'x';
/** What a field of the header has room for. */
const LONGEST_NAME = 100;
const LARGEST = 0o77777777777;
const NANOSECONDS = 1_000_000_000n;
const SLASH = Buffer.from('/');

/** All that stands before the bytes of an item: one header, and one more for what it has no room for. */
export function tarHeader(item: TarItem): Buffer {
  const { type, linkName = Buffer.alloc(0), mode, mtime, size } = item;
  const name = type === 'directory' ? Buffer.concat([item.name, SLASH]) : item.name;
  const [seconds, fraction] = [floorOf(mtime, NANOSECONDS), moduloOf(mtime, NANOSECONDS)];
  const isPlainTime = seconds >= 0n && seconds <= BigInt(LARGEST);
  const records: Buffer[] = [];
  if (name.length > LONGEST_NAME) records.push(record('path', name));
  if (linkName.length > LONGEST_NAME) records.push(record('linkpath', linkName));
  if (size > LARGEST) records.push(record('size', Buffer.from(String(size))));
  if (!isPlainTime || fraction > 0n) records.push(record('mtime', Buffer.from(decimal(mtime))));
  const time = isPlainTime ? Number(seconds) : 0;
  const header = block({ flag: FLAGS[type], name, linkName, mode, time, size: size > LARGEST ? 0 : size });
  if (records.length === 0) return header;
  const extended = Buffer.concat(records);
  const before = block({ flag: PAX_FLAG, name, linkName: Buffer.alloc(0), mode: 0o644, time, size: extended.length });
  return Buffer.concat([before, extended, tarPadding(extended.length), header]);
}

/** Zeros up to the next block behind so many bytes. */
export function tarPadding(size: number): Buffer {
  return TAR_END.subarray(0, (BLOCK - (size % BLOCK)) % BLOCK);
}

interface Fields {
  readonly flag: string;
  readonly name: Buffer;
  readonly linkName: Buffer;
  readonly mode: number;
  readonly time: number;
  readonly size: number;
}

function block({ flag, name, linkName, mode, time, size }: Fields): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number, at: number): void => {
    bytes.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  };
  // What is too long is cut off here and whole in the records.
  name.copy(bytes, 0, 0, LONGEST_NAME);
  octal(mode, 7, 100);
  octal(0, 7, 108);
  octal(0, 7, 116);
  octal(size, 11, 124);
  octal(time, 11, 136);
  bytes.fill(' ', 148, 156);
  bytes.write(flag, 156, 'latin1');
  linkName.copy(bytes, 157, 0, LONGEST_NAME);
  bytes.write('ustar\u000000', 257, 'latin1');
  octal(
    bytes.reduce((sum, byte) => sum + byte, 0),
    6,
    148,
  );
  bytes[154] = 0;
  return bytes;
}

/** A record begins with its own length, the digits of that among it. */
function record(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function decimal(nanoseconds: bigint): string {
  const isNegative = nanoseconds < 0n;
  const size = isNegative ? -nanoseconds : nanoseconds;
  const fraction = String(size % NANOSECONDS).padStart(9, '0');
  return `${isNegative ? '-' : ''}${String(size / NANOSECONDS)}.${fraction}`;
}

function floorOf(value: bigint, by: bigint): bigint {
  return (value - moduloOf(value, by)) / by;
}

function moduloOf(value: bigint, by: bigint): bigint {
  return ((value % by) + by) % by;
}
