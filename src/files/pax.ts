/** Records of pax: what a header of tar has no room for. Source: POSIX.1-2024, pax Interchange Format. */
import { ArchiveError } from './archive-error.ts';

/** Keys are text, values are bytes: an extended attribute may be anything. */
export type PaxRecords = ReadonlyMap<string, Buffer>;

const SPACE = 0x20;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;
/** Digits of a record's length: more than any record we take. */
const LONGEST_LENGTH = 8;

/** Reads all records; the last of several with one key counts. Errors: ArchiveError. */
export function parsePax(bytes: Buffer): PaxRecords {
  const records = new Map<string, Buffer>();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(SPACE, at);
    const digits = space === -1 || space - at > LONGEST_LENGTH ? '' : bytes.toString('latin1', at, space);
    const length = /^[1-9]\d*$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = bytes.indexOf(EQUALS, space);
    const isWhole =
      length > 0 && end <= bytes.length && bytes[end - 1] === NEWLINE && equals > space + 1 && equals < end;
    if (!isWhole) throw new ArchiveError('its extended header is malformed');
    records.set(bytes.toString('utf8', space + 1, equals), Buffer.from(bytes.subarray(equals + 1, end - 1)));
    at = end;
  }
  return records;
}

/** A whole number of a record, as `size` and `uid` have it. Errors: ArchiveError. */
export function paxInteger(value: Buffer, key: string): number {
  const text = value.toString('latin1');
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new ArchiveError(`its extended header has a bad "${key}"`);
}

/** Seconds with a fraction, before 1970 too. Errors: ArchiveError. */
export function paxTime(value: Buffer, key: string): number {
  const text = value.toString('latin1');
  if (/^-?\d{1,16}(\.\d*)?$/.test(text)) return Number(text);
  throw new ArchiveError(`its extended header has a bad "${key}"`);
}
