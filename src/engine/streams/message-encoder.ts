import { MAX_LEVEL, STDOUT_LEVEL } from '../../protocol/levels.ts';
import { readHeader } from './message-header.ts';

const TERMINATOR = ':::';

/**
 * What a run has to write on standard output so that {@link MessageParser} reads this message. A text that has a
 * line `:::` after its first can't be said in one message; it becomes several, whose texts joined by newlines are it.
 *
 * Errors: RangeError for a level that is no integer from 0 to 255.
 */
export function encodeMessage(level: number, text: string): string {
  if (!Number.isInteger(level) || level < 0 || level > MAX_LEVEL) {
    throw new RangeError(`Cannot say a message of level ${level}: levels are integers from 0 to ${MAX_LEVEL}`);
  }
  if (!text.includes('\n')) return encodeLine(level, text);
  return sayableParts(text)
    .map((part) => (part.includes('\n') ? encodeBlock(level, part) : encodeLine(level, part)))
    .join('');
}

function encodeLine(level: number, line: string): string {
  if (level === STDOUT_LEVEL && readHeader(line, 0) === undefined) return `${line}\n`;
  return line.startsWith(':') ? encodeBlock(level, line) : `${level}::${line}\n`;
}

function encodeBlock(level: number, text: string): string {
  return `${level}:::${text}\n${TERMINATOR}\n`;
}

/** Splits before each line `:::`, which is only text where it is the first. */
function sayableParts(text: string): string[] {
  const parts: string[][] = [];
  for (const line of text.split('\n')) {
    const part = parts.at(-1);
    if (part === undefined || line === TERMINATOR) parts.push([line]);
    else part.push(line);
  }
  return parts.map((lines) => lines.join('\n'));
}
