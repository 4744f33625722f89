/** All that is known of one job. */
import type { JobInfo } from '../../protocol/job-info.ts';
import type { Measurement } from '../../protocol/run.ts';
import { formatDuration } from '../durations.ts';
import { stateText, timeText } from '../job-table.ts';
import { formatBytes } from '../sizes.ts';
import type { TerminalSize } from '../terminal/caller-terminal.ts';
import type { Pen } from '../terminal/pen.ts';
import { wrap } from '../wrap.ts';

const LABEL_COLUMNS = 12;
const OTHER_LINES = 2;

/** What the details are drawn from. */
export interface Details {
  readonly info: JobInfo;
  readonly use: Partial<Measurement> | undefined;
}

/** The lines of a whole screen but for its foot; `now` is milliseconds since 1970. */
export function detailsLines({ info, use }: Details, { columns, rows }: TerminalSize, pen: Pen, now: number): string[] {
  const room = Math.max(10, columns - LABEL_COLUMNS);
  const lines = factsOf(info, use, now)
    .filter(([, value]) => value !== '')
    .flatMap(([label, value]) =>
      wrap(pen.clean(value), room).map(
        (text, at) =>
          pen.cell({ text: at === 0 ? label : '', columns: LABEL_COLUMNS, look: 'dim' }) +
          pen.cell({ text, columns: Math.min(room, Math.max(1, pen.width(text))) }),
      ),
    );
  const body = lines.slice(0, Math.max(1, rows - OTHER_LINES));
  const empty = Array.from({ length: Math.max(0, rows - OTHER_LINES - body.length) }, () => '');
  return [pen.line(`Job ${info.id}`, columns, 'bold'), ...body, ...empty];
}

function factsOf(info: JobInfo, use: Partial<Measurement> | undefined, now: number): [label: string, value: string][] {
  const { result, queue, tags, title, command } = info;
  const time = timeText(info, now);
  return [
    ['command', command],
    ['does', title ?? ''],
    [
      'state',
      result === undefined ? stateText(info, now) : `${stateText(info, now)} (${result.state}, ${result.code})`,
    ],
    ['queue', queue ?? ''],
    ['priority', info.priority === 0 ? '' : String(info.priority)],
    ['tags', tags.join(', ')],
    ['runs', String(info.runs)],
    ['pid', info.pid === undefined ? '' : String(info.pid)],
    ['terminal', info.pty === true ? 'yes' : ''],
    ['protected', info.protected === true ? 'yes' : ''],
    ['accepted', moment(info.accepted, now)],
    ['started', moment(info.started, now)],
    ['next run', info.next === undefined ? '' : `in ${formatDuration(info.next - now)}`],
    ['ended', moment(info.ended, now)],
    ['time', time],
    ['cpu', use?.cpu === undefined ? '' : `${use.cpu.toFixed(1)} % of a core`],
    ['memory', use?.rss === undefined ? '' : `${formatBytes(use.rss)}${swappedOut(use)}`],
    ['output', formatBytes(info.output)],
  ];
}

function moment(epoch: number | undefined, now: number): string {
  if (epoch === undefined || epoch === 0) return '';
  const date = new Date(epoch);
  return `${date.toLocaleDateString('sv-SE')} ${date.toLocaleTimeString('sv-SE')}, ${formatDuration(now - epoch)} ago`;
}

function swappedOut({ swap = 0 }: Partial<Measurement>): string {
  return swap > 0 ? `, ${formatBytes(swap)} swapped out` : '';
}
