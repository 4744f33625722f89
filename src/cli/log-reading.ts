/** Reads a part of a job's output, as bytes or as messages, of one stream or all. */
import { setTimeout as delay } from 'node:timers/promises';
import type { JobHandle } from '../client/job-handle.ts';
import type { MessageItem, OutputItem } from '../client/job-items.ts';
import type { OutputStream } from '../protocol/output.ts';
import { endOfLines, untilPosition } from './log-range.ts';

export interface LogRange {
  readonly from: 'start' | number;
  /** Undefined: until the job has ended. */
  readonly end: number | undefined;
}

/** `--stdout` or `--stderr`; neither or both mean everything. */
export interface StreamChoice {
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/** How long to wait for a message that may be a block nobody has ended yet. */
const QUIET_MS = 500;

/** The bytes of a range. */
export async function* bytesIn(
  job: JobHandle,
  { from, end }: LogRange,
  choice: StreamChoice,
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
export async function* messagesIn(job: JobHandle, range: LogRange, choice: StreamChoice): AsyncGenerator<MessageItem> {
  if (isEmpty(range.from, range.end)) return;
  const streams = streamsOf(choice);
  const options = { from: range.from, ...(streams === undefined ? {} : { streams }) };
  if (range.end === undefined) {
    yield* job.messages(options);
    return;
  }
  const complete = await endOfLines(bytesIn(job, range, choice));
  if (complete > 0) yield* untilQuiet(untilPosition<MessageItem>(job.messages(options), complete));
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

function isEmpty(from: 'start' | number, end: number | undefined): boolean {
  return end !== undefined && (end === 0 || (typeof from === 'number' && from >= end));
}

function streamsOf({ stdout, stderr }: StreamChoice): OutputStream[] | undefined {
  if (stdout === stderr) return undefined;
  return stdout ? ['stdout', 'pty'] : ['stderr'];
}
