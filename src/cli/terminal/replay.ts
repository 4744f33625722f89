import type { JobBytes, OutputItem } from '../../client/job-items.ts';
import { EscapeReader } from './escape-reader.ts';
import { TerminalModes } from './terminal-modes.ts';

/** Sequences to which a terminal answers, as if it were typed: state, kind, version, colours, modes, size. */
const QUESTIONS: readonly RegExp[] = [
  /^\[\??[\d;]*n$/,
  /^\[[>=]?[\d;]*c$/,
  /^\[>[\d;]*q$/,
  /^\[\??[\d;]*\$p$/,
  /^\[\?u$/,
  /^\[[\d;]*x$/,
  /^\[(?:1[13-9]|2[01])(?:;[\d;]*)?t$/,
  /^\][\d;]*;\?/,
  /^P[$+]q/,
  /^Z$/,
];

/** ENQ asks a terminal for its name. */
const ENQUIRY = 0x05;

/**
 * Output of a terminal's past, without what the terminal would answer: the program has its answer already, and another
 * one would be typed into whatever runs now. What comes after it goes on where it ends.
 */
export function replay(past: Buffer): Buffer {
  const parts: Buffer[] = [];
  const reader = new EscapeReader();
  for (const piece of reader.read(past)) {
    if (piece.type === 'text') parts.push(withoutEnquiries(piece.bytes));
    else if (!QUESTIONS.some((question) => question.test(piece.text)))
      parts.push(Buffer.from(`\u001B${piece.text}`, 'latin1'));
  }
  return Buffer.concat([...parts, reader.unfinished]);
}

function withoutEnquiries(bytes: Buffer): Buffer {
  return bytes.includes(ENQUIRY) ? Buffer.from(bytes.filter((byte) => byte !== ENQUIRY)) : bytes;
}

/** The output of a job that has ended, fit for a terminal: without questions, and with the terminal left as it was. */
export async function* showPast(items: AsyncIterable<OutputItem>): AsyncGenerator<OutputItem> {
  const modes = new TerminalModes();
  let last: JobBytes | undefined;
  for await (const item of items) {
    if (item.type !== 'bytes' || item.stream !== 'pty') yield item;
    else {
      modes.take(item.bytes);
      last = item;
      yield { ...item, bytes: replay(item.bytes) };
    }
  }
  if (last !== undefined) yield { ...last, bytes: Buffer.from(modes.leave) };
}
