import { assertNever } from '../base/assert-never.ts';
import type { MessageItem, OutputItem } from '../client/job-items.ts';
import { STDERR_LEVEL } from '../protocol/levels.ts';
import { describeEvent, describeGap } from './job-notes.ts';
import type { Output } from './output.ts';

export interface FollowStyle {
  /** Tell what happens to the job on standard error. */
  readonly notes: 'none' | 'few' | 'all';
}

/**
 * Writes what a job says: its standard output to ours, its standard error to ours, byte by byte, at the readers'
 * pace. Bytes that were dropped are always told.
 */
export async function followBytes(items: AsyncIterable<OutputItem>, output: Output, style: FollowStyle): Promise<void> {
  for await (const item of items) {
    switch (item.type) {
      case 'bytes':
        await output.write(item.stream === 'stderr' ? 'stderr' : 'stdout', item.bytes);
        break;
      case 'gap':
        await note(output, describeGap(item));
        break;
      case 'event':
        await noteEvent(item, output, style);
        break;
      case 'stats':
        break;
      default:
        assertNever(item);
    }
  }
}

/** Writes a job's messages, one a line; those of level 2 to standard error. */
export async function followMessages(
  items: AsyncIterable<MessageItem>,
  output: Output,
  style: FollowStyle & { readonly format: (message: Extract<MessageItem, { type: 'message' }>) => string },
): Promise<void> {
  for await (const item of items) {
    switch (item.type) {
      case 'message':
        await output.write(item.level === STDERR_LEVEL ? 'stderr' : 'stdout', `${style.format(item)}\n`);
        break;
      case 'gap':
        await note(output, describeGap(item));
        break;
      case 'event':
        await noteEvent(item, output, style);
        break;
      case 'stats':
        break;
      default:
        assertNever(item);
    }
  }
}

async function noteEvent(
  { event }: Extract<OutputItem, { type: 'event' }>,
  output: Output,
  { notes }: FollowStyle,
): Promise<void> {
  const text = notes === 'none' ? undefined : describeEvent(event, { detailed: notes === 'all' });
  if (text !== undefined) await note(output, text);
}

async function note(output: Output, text: string): Promise<void> {
  await output.note(`corex: ${text}`);
}
