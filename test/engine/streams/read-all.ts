import { OutputReader } from '../../../src/engine/streams/output-reader.ts';
import type { JobOutput } from '../../../src/engine/streams/job-output.ts';
import type { ReadingItem, ReadingOptions } from '../../../src/engine/streams/reading.ts';
import type { Message } from '../../../src/protocol/frames.ts';

/** Never aborted. */
export const never = new AbortController().signal;

/** Everything a reader gives until the job has settled. */
export async function readAll(
  output: JobOutput,
  options: ReadingOptions,
  maxBytes: () => number = () => 64 * 1024,
): Promise<ReadingItem[]> {
  return restOf(new OutputReader(output, options), maxBytes);
}

export async function restOf(reader: OutputReader, maxBytes: () => number = () => 64 * 1024): Promise<ReadingItem[]> {
  const all: ReadingItem[] = [];
  for (
    let items = await reader.next(maxBytes(), never);
    items !== undefined;
    items = await reader.next(maxBytes(), never)
  )
    all.push(...items);
  return all;
}

export function messagesIn(items: readonly ReadingItem[]): (Message & { run: number })[] {
  return items.flatMap((item) =>
    item.type === 'messages' ? item.messages.map((message) => ({ ...message, run: item.run })) : [],
  );
}

/** Bytes by position, as `position:stream:byte`, and gaps as `from-to`. */
export function bytesIn(items: readonly ReadingItem[]): string[] {
  return items.flatMap((item) =>
    item.type === 'bytes'
      ? Array.from(item.bytes, (byte, index) => `${item.position + index}:${item.stream}:${byte}`)
      : [],
  );
}

/** Positions that came as gaps. */
export function gapsIn(items: readonly ReadingItem[]): number[] {
  return items.flatMap((item) =>
    item.type === 'gap' ? Array.from({ length: item.to - item.from }, (_, index) => item.from + index) : [],
  );
}
