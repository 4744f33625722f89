import { isAscii } from 'node:buffer';
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts';
import type { OutputStream } from '../../protocol/output.ts';
import { readHeader } from './message-header.ts';
import type { ParsedMessage } from './parsed-message.ts';

const NEWLINE = 0x0a;
const ZERO = 0x30;
const NINE = 0x39;
const BLOCK_END = '\n:::\n';

/** Lines are made into one string of about this many bytes, to be sliced. */
const WINDOW_BYTES = 64 * 1024;

/** Where bytes come from. */
export interface LineSource {
  /** Position of the buffer's first byte. */
  readonly position: number;
  readonly epoch: number;
  readonly stream: OutputStream;
  /** Level of lines without a header. */
  readonly level: number;
  readonly run: number;
}

/**
 * The fast way through bytes that begin at the beginning of a line: appends the messages of lines and blocks that are
 * whole in them, a window's worth. `before` is the last message's `seq`. Returns the index of what it left: `start`
 * when the first line or block goes on behind the bytes, or may be too long.
 */
export function readWholeLines(
  bytes: Buffer,
  start: number,
  of: LineSource,
  before: number,
  into: ParsedMessage[],
): number {
  const end = endOfLines(bytes, start);
  if (end === start) return start;
  const isPlain = isAscii(bytes.subarray(start, end));
  const text = isPlain ? bytes.toString('latin1', start, end) : bytes.toString('utf8', start, end);
  const { position, epoch, stream, run } = of;
  let lastSeq = before;
  // Where the next line begins: in the bytes, and in the text.
  let at = start;
  let here = 0;
  while (here < text.length) {
    let level = of.level;
    let from = here;
    let to = text.indexOf('\n', here);
    let next = to + 1;
    let newline = isPlain ? start + to : bytes.indexOf(NEWLINE, at);
    let last = newline;
    const first = text.charCodeAt(here);
    if (first <= NINE && first >= ZERO) {
      const header = readHeader(text, here);
      if (header !== undefined) {
        level = header.level;
        from = header.end;
        if (header.isBlock) {
          to = text.indexOf(BLOCK_END, to);
          if (to === -1) break;
          next = to + BLOCK_END.length;
          newline = isPlain ? start + to : bytes.indexOf(BLOCK_END, newline, 'latin1');
          last = newline + BLOCK_END.length - 1;
        }
      }
    }
    if (newline - at > MAX_MESSAGE_BYTES) break;
    const natural = position + last;
    lastSeq = natural > lastSeq ? natural : lastSeq + 1;
    into.push({ seq: lastSeq, level, text: text.slice(from, to), epoch, stream, terminated: true, run });
    at = last + 1;
    here = next;
  }
  return at;
}

/** Index after the last newline of the window that begins at `start`, or after the first newline when that is farther. */
function endOfLines(bytes: Buffer, start: number): number {
  const limit = start + WINDOW_BYTES;
  if (bytes.length > limit) {
    const inWindow = bytes.lastIndexOf(NEWLINE, limit - 1);
    if (inWindow >= start) return inWindow + 1;
    const behind = bytes.indexOf(NEWLINE, limit);
    return behind === -1 ? start : behind + 1;
  }
  const last = bytes.lastIndexOf(NEWLINE);
  return last < start ? start : last + 1;
}
