/** Which part of a job's output is wanted: up to where it is now, or only its last lines. */
import type { JobHandle } from '../client/job-handle.ts';
import type { JobBytes, JobGap, JobItem, OutputItem } from '../client/job-items.ts';

type OutputSource = Pick<JobHandle, 'output'>;

const FIRST_WINDOW = 64 * 1024;
const NEWLINE = 0x0a;

/** The items up to a position, and not one byte more. Without it a live job would be followed for ever. */
export async function* untilPosition<Item extends JobItem>(
  items: AsyncIterable<Item>,
  end: number,
): AsyncGenerator<Item> {
  if (end === 0) return;
  for await (const item of items) {
    if (item.type === 'bytes') {
      yield { ...item, bytes: item.bytes.subarray(0, Math.max(0, end - item.position)) };
      if (item.position + item.bytes.byteLength >= end) return;
    } else {
      // Of messages that were chosen by level the last before the end may be missing.
      if (item.type === 'message' && item.seq >= end) return;
      yield item;
      if (item.type === 'gap' && item.to >= end) return;
      if (item.type === 'message' && item.seq + 1 >= end) return;
    }
  }
}

/**
 * The position where the last `lines` lines before `end` begin. Standard output and standard error count together,
 * as they were written. Reads backwards in growing windows, so that a long log costs no more than its end.
 */
export async function tailPosition(job: OutputSource, end: number, lines: number): Promise<number> {
  if (lines === 0) return end;
  for (let window = FIRST_WINDOW; ; window *= 4) {
    const from = Math.max(0, end - window);
    const chunks: (JobBytes | JobGap)[] = [];
    for await (const item of untilPosition<OutputItem>(job.output({ from }), end)) {
      if (item.type === 'bytes' || item.type === 'gap') chunks.push(item);
    }
    const start = startOfLastLines(chunks, end, lines);
    if (start !== undefined) return start;
    if (from === 0) return 0;
  }
}

/** Undefined when there are not enough lines. A line that is not ended yet counts. */
function startOfLastLines(chunks: readonly (JobBytes | JobGap)[], end: number, lines: number): number | undefined {
  let found = 0;
  for (const chunk of chunks.toReversed()) {
    if (chunk.type === 'gap') return chunk.to;
    for (
      let at = chunk.bytes.lastIndexOf(NEWLINE);
      at !== -1;
      at = at === 0 ? -1 : chunk.bytes.lastIndexOf(NEWLINE, at - 1)
    ) {
      const position = chunk.position + at + 1;
      if (position === end) continue;
      found += 1;
      if (found === lines) return position;
    }
  }
  return undefined;
}

/** The position after the last complete line of these bytes; 0 when there is none. */
export async function endOfLines(items: AsyncIterable<OutputItem>): Promise<number> {
  let end = 0;
  for await (const item of items) {
    if (item.type !== 'bytes') continue;
    const last = item.bytes.lastIndexOf(NEWLINE);
    if (last !== -1) end = item.position + last + 1;
  }
  return end;
}
