/** Names of entries, in parts. */
import { ArchiveError, shownName } from './archive-error.ts';

const SLASH = 0x2f;
/** As long as Linux takes. */
const LONGEST_PATH = 4095;
const LONGEST_PART = 255;
/** Directories within directories: each is held while one writes into it. */
const DEEPEST = 256;

/**
 * The parts of a path in an archive; none for the root itself. `.` and empty ones mean nothing, so a name that begins with
 * `/`, as some programs write it, begins at the root of the tree.
 *
 * Errors: ArchiveError for a name that has `..` or a NUL in it, or is longer than a file system takes.
 */
export function partsOf(name: Buffer): Buffer[] {
  const refuse = (why: string): never => {
    throw new ArchiveError(`${shownName(name)} ${why}`);
  };
  if (name.length === 0) refuse('is an entry without a name');
  if (name.includes(0)) refuse('has a NUL in its name');
  if (name.length > LONGEST_PATH) refuse(`is longer than ${LONGEST_PATH} bytes`);
  const parts: Buffer[] = [];
  for (let start = 0; start <= name.length;) {
    const slash = name.indexOf(SLASH, start);
    const end = slash === -1 ? name.length : slash;
    const part = name.subarray(start, end);
    start = end + 1;
    if (part.length === 0 || isText(part, '.')) continue;
    if (isText(part, '..')) refuse('has ".." in its name');
    if (part.length > LONGEST_PART) refuse(`has a part longer than ${LONGEST_PART} bytes`);
    parts.push(part);
  }
  if (parts.length > DEEPEST) refuse(`is more than ${DEEPEST} directories deep`);
  return parts;
}

/** Whether a name is exactly this text. */
export function isText(name: Buffer, text: string): boolean {
  return name.length === text.length && name.toString('latin1') === text;
}

/** Parts as one path, relative to the root. */
export function joined(parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.of(SLASH), part])));
}
