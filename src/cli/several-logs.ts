/** The messages of several jobs as one stream, each line behind the id of its job. */
import type { JobMessage, MessageItem } from '../client/job-items.ts';
import { STDERR_LEVEL } from '../protocol/levels.ts';
import { describeEvent, describeGap } from './job-notes.ts';
import { mergeByTime } from './merge-by-time.ts';
import type { Output } from './output.ts';
import type { Look } from './paint.ts';
import { textWidths } from './text-width.ts';

/** A job with its messages. */
export interface JobLog {
  readonly id: string;
  readonly items: AsyncIterable<MessageItem>;
}

/** Neighbours differ. */
const LOOKS: readonly Look[] = ['active', 'violet', 'good', 'blue', 'warning'];

/** All items with the ids of their jobs: what is past in order of time, then as it comes. */
export async function* mergeLogs(logs: readonly JobLog[]): AsyncGenerator<{ id: string; item: MessageItem }> {
  const timeOf = (item: MessageItem): number | undefined => (item.type === 'message' ? item.epoch : undefined);
  for await (const { source, item } of mergeByTime(
    logs.map(({ items }) => items),
    timeOf,
  )) {
    yield { id: logs[source]?.id ?? '', item };
  }
}

/** Writes them as lines. Gaps are told where they are, events when `hasNotes` says so. */
export async function writeSeveral(
  logs: readonly JobLog[],
  output: Output,
  {
    hasNotes,
    format,
  }: { readonly hasNotes: boolean; readonly format: (message: JobMessage, prefix: string) => string },
): Promise<void> {
  const prefixes = await prefixesOf(
    logs.map(({ id }) => id),
    output,
  );
  for await (const { id, item } of mergeLogs(logs)) {
    if (item.type === 'message') {
      const to = item.level === STDERR_LEVEL ? 'stderr' : 'stdout';
      await output.write(to, `${format(item, prefixes[to].get(id) ?? '')}\n`);
    } else if (item.type === 'gap') await output.note(`corex: ${id}: ${describeGap(item)}`);
    else if (item.type === 'event' && hasNotes) {
      const text = describeEvent(item.event, { detailed: false });
      if (text !== undefined) await output.note(`corex: ${id}: ${text}`);
    }
  }
}

/** Both streams may have colours or not. */
async function prefixesOf(
  ids: readonly string[],
  { stdout, stderr }: Output,
): Promise<Record<'stdout' | 'stderr', ReadonlyMap<string, string>>> {
  const widths = await textWidths(ids);
  const widest = Math.max(...ids.map((id) => widths.width(id)));
  const prefixes = ({ paint }: Output['stdout']): Map<string, string> =>
    new Map(
      ids.map((id, at) => {
        const text = `${id}${' '.repeat(widest - widths.width(id))} | `;
        return [id, paint(LOOKS[at % LOOKS.length] ?? 'active', text)];
      }),
    );
  return { stdout: prefixes(stdout), stderr: prefixes(stderr) };
}
