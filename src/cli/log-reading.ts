/** Reads a part of a job's output, as bytes or as messages, of one stream or all. */
import { setTimeout as delay } from 'node:timers/promises';
import type { JobHandle, MessagesOptions } from '../client/job-handle.ts';
import type { MessageItem, OutputItem } from '../client/job-items.ts';
import type { OutputStream } from '../protocol/output.ts';
import { endOfLines, untilPosition } from './log-range.ts';

export interface LogRange {
  /** With `tail`: so many messages before the present end. */
  readonly from: 'start' | number | { readonly tail: number };
  /** Undefined: until the job has ended. */
  readonly end: number | undefined;
}

/** What of a range is wanted. */
export interface LogChoice {
  /** `--stdout` or `--stderr`; neither or both mean everything. */
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Only messages of these levels; undefined means all. */
  readonly levels?: readonly number[] | undefined;
}

/** How long to wait for a message that may be a block nobody has ended yet. */
const QUIET_MS = 500;

/** The bytes of a range; all of its levels. */
export async function* bytesIn(
  job: JobHandle,
  { from, end }: LogRange & { readonly from: 'start' | number },
  choice: LogChoice,
): AsyncGenerator<OutputItem> {
  if (isEmpty(from, end)) return;
  const items = job.output({ from });
  const streams = streamsOf(choice);
  // Filtered here: the last byte of the range may be of the other stream, and has to be seen.
  for await (const item of end === undefined ? items : untilPosition<OutputItem>(items, end)) {
    if (item.type !== 'bytes' || streams === undefined || streams.includes(item.stream)) yield item;
  }
}

/** The messages of a range. Of a live job, those that were complete when it was asked. */
export async function* messagesIn(job: JobHandle, range: LogRange, choice: LogChoice): AsyncGenerator<MessageItem> {
  const { from, end } = range;
  if (isEmpty(from, end)) return;
  const options = { ...readingFrom(from), ...chosen(choice) };
  if (end === undefined) {
    yield* job.messages(options);
    return;
  }
  const first = typeof from === 'object' ? 'start' : from;
  const complete = await endOfLines(bytesIn(job, { from: first, end }, choice));
  if (complete > 0) yield* untilQuiet(untilPosition<MessageItem>(job.messages(options), complete));
}

/** The last `count` messages of a range that has an end, with what happened beside them. */
export async function* lastMessages(items: AsyncIterable<MessageItem>, count: number): AsyncGenerator<MessageItem> {
  let kept: MessageItem[] = [];
  let messages = 0;
  for await (const item of items) {
    kept.push(item);
    if (item.type === 'message') messages += 1;
    // Rarely enough that each item is moved only a few times.
    if (kept.length > 2 * count + 1024) {
      kept = newest(kept, count);
      messages = kept.filter(({ type }) => type === 'message').length;
    }
  }
  yield* messages > count ? newest(kept, count) : kept;
}

function newest(items: readonly MessageItem[], count: number): MessageItem[] {
  let from = items.length;
  for (let found = 0; from > 0 && found < count;) {
    from -= 1;
    if (items[from]?.type === 'message') found += 1;
  }
  return items.slice(from);
}

function readingFrom(from: LogRange['from']): MessagesOptions {
  return typeof from === 'object' ? { from: 'now', tail: from.tail } : { from };
}

function chosen(choice: LogChoice): MessagesOptions {
  const streams = streamsOf(choice);
  const { levels } = choice;
  return { ...(streams === undefined ? {} : { streams }), ...(levels === undefined ? {} : { levels }) };
}

/** The items, until none comes for a while: lines of an open block are complete and no message yet. */
async function* untilQuiet<Item>(items: AsyncGenerator<Item>): AsyncGenerator<Item> {
  for (;;) {
    using patience = quiet();
    const next = items.next();
    const result = await Promise.race([next, patience.over]);
    if (result === undefined) {
      next.catch(() => undefined);
      return;
    }
    if (result.done === true) return;
    yield result.value;
  }
}

function quiet(): Disposable & { readonly over: Promise<undefined> } {
  const abort = new AbortController();
  const over = delay(QUIET_MS, undefined, { signal: abort.signal });
  over.catch(() => undefined);
  return { over, [Symbol.dispose]: () => abort.abort() };
}

function isEmpty(from: LogRange['from'], end: number | undefined): boolean {
  return end !== undefined && (end === 0 || (typeof from === 'number' && from >= end));
}

function streamsOf({ stdout, stderr }: LogChoice): OutputStream[] | undefined {
  if (stdout === stderr) return undefined;
  return stdout ? ['stdout', 'pty'] : ['stderr'];
}
