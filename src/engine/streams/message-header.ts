import { MAX_LEVEL } from '../../protocol/levels.ts';

/** How a structured line begins: `LEVEL::` says one line, `LEVEL:::` opens a block. */
export interface MessageHeader {
  readonly level: number;
  readonly isBlock: boolean;
  /** Index of the first character after it. */
  readonly end: number;
}

/** Digits a header may have, leading zeros included. */
export const MAX_HEADER_DIGITS = 64;

const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;

/**
 * Reads the header of the line that begins at `start`: one or more digits that make 0 to 255, then two or three
 * colons, nothing before or between. Undefined when the line is ordinary text; a larger number is.
 */
export function readHeader(text: string, start: number): MessageHeader | undefined {
  let at = start;
  let level = 0;
  let code = text.charCodeAt(at);
  while (code >= ZERO && code <= NINE) {
    level = level * 10 + code - ZERO;
    at += 1;
    if (level > MAX_LEVEL || at - start > MAX_HEADER_DIGITS) return undefined;
    code = text.charCodeAt(at);
  }
  if (at === start || code !== COLON || text.charCodeAt(at + 1) !== COLON) return undefined;
  const isBlock = text.charCodeAt(at + 2) === COLON;
  return { level, isBlock, end: at + (isBlock ? 3 : 2) };
}
