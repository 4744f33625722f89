import { nextTurn } from '../../base/next-turn.ts';
import { Ring } from '../../base/ring.ts';
import type { OutputItem } from '../../protocol/output.ts';
import type { JobOutput } from './job-output.ts';
import { MessageParser } from './message-parser.ts';
import type { ParsedMessage } from './message-parser.ts';
import { itemBefore } from './output-item.ts';
import type { ReadingFilter } from './reading-batch.ts';

/** How far back the newest messages are looked for, and how many can be asked for. */
const TAIL_BYTES = 4 * 1024 * 1024;
const MAX_TAIL = 100_000;
const SLICE_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/** Which part of a job's output a reader looks at. */
export interface TailQuestion {
  /** Messages, or lines when they are no messages, that are to come. */
  readonly count: number;
  /** Where they end. */
  readonly end: number;
  readonly filter: ReadingFilter;
}

/**
 * The position to read from to get the newest messages before `end`, of those the filter lets through: as many as
 * were asked for, or those in the last 4 MiB.
 */
export async function tailStart(output: JobOutput, question: TailQuestion, signal: AbortSignal): Promise<number> {
  return question.filter.messages ? tailOfMessages(output, question, signal) : tailOfLines(output, question, signal);
}

/** What {@link tailStart} gives at least. */
export function lowestTailStart(end: number): number {
  return Math.max(0, end - TAIL_BYTES);
}

async function tailOfMessages(
  output: JobOutput,
  { count, end, filter }: TailQuestion,
  signal: AbortSignal,
): Promise<number> {
  let start = lowestTailStart(end);
  const parser = MessageParser.restore(output.placeBefore(start));
  const newest = new Ring<number>(Math.min(count, MAX_TAIL));
  const note = (messages: readonly ParsedMessage[]): void => {
    for (const message of messages) {
      if (!filter.hasMessage(message)) continue;
      const passed = newest.push(message.seq);
      if (passed !== undefined) start = Math.max(start, passed + 1);
    }
  };
  for await (const item of itemsBefore(output, parser.position, end, signal)) {
    const messages: ParsedMessage[] = [];
    parser.push(item, messages);
    output.notePlace(parser);
    note(messages);
  }
  if (!output.isLive) {
    const messages: ParsedMessage[] = [];
    parser.end(messages);
    note(messages);
  }
  return start;
}

async function tailOfLines(
  output: JobOutput,
  { count, end, filter }: TailQuestion,
  signal: AbortSignal,
): Promise<number> {
  let start = lowestTailStart(end);
  const newest = new Ring<number>(Math.min(count, MAX_TAIL));
  for await (const item of itemsBefore(output, start, end, signal)) {
    if (item.type !== 'bytes' || !filter.hasStream(item.stream)) continue;
    for (let at = item.bytes.indexOf(NEWLINE); at !== -1; at = item.bytes.indexOf(NEWLINE, at + 1)) {
      start = newest.push(item.position + at + 1) ?? start;
    }
  }
  return start;
}

/** The output from a position to another, as far as it is there. */
async function* itemsBefore(
  output: JobOutput,
  from: number,
  end: number,
  signal: AbortSignal,
): AsyncGenerator<OutputItem> {
  let at = from;
  while (at < end) {
    const slice = await output.read(at, Math.min(SLICE_BYTES, end - at), signal);
    for (const item of slice.items) {
      const wanted = itemBefore(end, item);
      if (wanted !== undefined) yield wanted;
    }
    if (slice.next <= at) return;
    at = slice.next;
    await nextTurn();
  }
}
