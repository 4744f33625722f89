import type { JobItem, JobMessage, MessageItem, OutputItem } from '../client/job-items.ts';
import { STDERR_LEVEL } from '../protocol/levels.ts';
import { describeDropped, describeEvent, describeGap } from './job-notes.ts';
import type { Output } from './output.ts';

export interface FollowStyle {
  /** Tell what happens to the job on standard error. */
  readonly notes: 'none' | 'few' | 'all';
  /** Tell of dropped output where it is missing, whatever else is told; else there is one note of all of it at the end. */
  readonly gapsInPlace?: boolean;
}

/**
 * Writes what a job says: its standard output to ours, its standard error to ours, byte by byte, at the readers'
 * pace. Bytes that were dropped are always told, at the end.
 */
export async function followBytes(items: AsyncIterable<OutputItem>, output: Output, style: FollowStyle): Promise<void> {
  await follow(items, output, style, ({ stream, bytes }) =>
    output.write(stream === 'stderr' ? 'stderr' : 'stdout', bytes),
  );
}

/** Writes a job's messages, one a line; those of level 2 to standard error. */
export async function followMessages(
  items: AsyncIterable<MessageItem>,
  output: Output,
  style: FollowStyle & { readonly format: (message: JobMessage) => string },
): Promise<void> {
  await follow(items, output, style, (message) =>
    output.write(message.level === STDERR_LEVEL ? 'stderr' : 'stdout', `${style.format(message)}\n`),
  );
}

type Said<Item extends JobItem> = Extract<Item, { type: 'bytes' | 'message' }>;

async function follow<Item extends JobItem>(
  items: AsyncIterable<Item>,
  output: Output,
  { notes, gapsInPlace = false }: FollowStyle,
  write: (said: Said<Item>) => Promise<void>,
): Promise<void> {
  let dropped = 0;
  for await (const item of items) {
    if (item.type === 'bytes' || item.type === 'message') {
      await write(item as Said<Item>);
    } else if (item.type === 'gap') {
      dropped += item.to - item.from;
      if (notes === 'all' || gapsInPlace) await note(output, describeGap(item));
    } else if (item.type === 'event' && notes !== 'none') {
      const text = describeEvent(item.event, { detailed: notes === 'all' });
      if (text !== undefined) await note(output, text);
    }
  }
  if (dropped > 0 && !gapsInPlace) await note(output, describeDropped(dropped));
}

async function note(output: Output, text: string): Promise<void> {
  await output.note(`corex: ${text}`);
}
