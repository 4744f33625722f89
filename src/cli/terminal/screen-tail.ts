/** What a terminal showed last, so that somebody who comes later sees where he is. */
import type { JobHandle } from '../../client/job-handle.ts';
import type { OutputItem } from '../../client/job-items.ts';
import { untilPosition } from '../log-range.ts';
import { replay } from './replay.ts';
import { TerminalModes } from './terminal-modes.ts';

/** Modes that were set further back than this are known only if they were set at the beginning. */
const MODES_BYTES = 1024 * 1024;
const BEGINNING_BYTES = 64 * 1024;

/** A screen is redrawn from about this much for each of its lines. */
const LINE_BYTES = 2 * 1024;

const NEWLINE = 0x0a;
const ESCAPE = 0x1b;
const CLEARINGS = ['\u001B[2J', '\u001B[?1049h', '\u001B[?1047h', '\u001B[?47h', '\u001Bc'].map((text) =>
  Buffer.from(text),
);

export interface ScreenTail {
  /** What to send to a fresh terminal so that it looks about as it did. */
  readonly bytes: Buffer;
  /** How the terminal is after that. */
  readonly modes: TerminalModes;
}

/** The last screenful of `rows` lines before `end`: of a program that fills the screen what came since it cleared it, else the last lines. */
export async function screenTail(
  job: Pick<JobHandle, 'output'>,
  end: number,
  { rows }: { readonly rows: number },
): Promise<ScreenTail> {
  const from = Math.max(0, end - MODES_BYTES);
  const modes = new TerminalModes();
  if (from > 0) modes.take(await readBytes(job, 0, Math.min(BEGINNING_BYTES, from)));
  const past = await readBytes(job, from, end);
  const atEnd = modesAfter(modes, past);
  const start = atEnd.isFullScreen ? startOfScreen(past, rows) : startOfLines(past, rows);
  const enter = modesAfter(modes, past.subarray(0, start)).enter;
  return { bytes: Buffer.concat([Buffer.from(enter), replay(past.subarray(start))]), modes: atEnd };
}

function modesAfter(before: TerminalModes, bytes: Buffer): TerminalModes {
  const [modes, later] = [new TerminalModes(), new TerminalModes()];
  later.take(bytes);
  modes.takeLater(before);
  modes.takeLater(later);
  return modes;
}

async function readBytes(job: Pick<JobHandle, 'output'>, from: number, end: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const item of untilPosition<OutputItem>(job.output({ from }), end)) {
    if (item.type === 'bytes') parts.push(item.bytes);
  }
  return Buffer.concat(parts);
}

function startOfScreen(past: Buffer, rows: number): number {
  const least = Math.max(0, past.length - rows * LINE_BYTES);
  const cleared = Math.max(...CLEARINGS.map((clearing) => past.lastIndexOf(clearing)));
  return cleared >= least ? cleared : startOfPiece(past, least);
}

/** Where the last lines begin; one that is not ended counts. */
function startOfLines(past: Buffer, lines: number): number {
  const least = Math.max(0, past.length - lines * LINE_BYTES);
  let at = past.length;
  for (let found = 0; found < lines; found += 1) {
    at = at === 0 ? -1 : past.lastIndexOf(NEWLINE, at - 1);
    if (at === -1) return least === 0 ? 0 : startOfPiece(past, least);
    if (at < least) return startOfPiece(past, least);
  }
  return at + 1;
}

/** A place at or after `least` that is in the middle of nothing. */
function startOfPiece(past: Buffer, least: number): number {
  if (least === 0) return 0;
  const line = past.indexOf(NEWLINE, least);
  const sequence = past.indexOf(ESCAPE, least);
  if (line === -1 && sequence === -1) return past.length;
  return sequence === -1 || (line !== -1 && line < sequence) ? line + 1 : sequence;
}
