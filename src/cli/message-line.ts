/** A job's messages as lines: for people, and as JSON for programs. */
import { assertNever } from '../base/assert-never.ts';
import type { JobMessage, MessageItem } from '../client/job-items.ts';
import { CRITICAL_LEVEL, LEVELS, STDERR_LEVEL, STDOUT_LEVEL } from '../protocol/levels.ts';
import type { Output } from './output.ts';
import type { Look, Paint } from './paint.ts';

const WARNING_LEVEL = 7;
const ERROR_LEVEL = 8;

/** How a message is written for people. */
export interface LineStyle {
  readonly paint: Paint;
  /** The time of day where the reader is, or date and time the same everywhere. */
  readonly time?: 'none' | 'day' | 'date';
  /** With the name of its level, unless it is plain output. */
  readonly hasLevel?: boolean;
  /** Before each of its lines. */
  readonly prefix?: string;
}

/** A message with what belongs before it, each of its lines. */
export function messageLine(
  { epoch, level, text }: Pick<JobMessage, 'epoch' | 'level' | 'text'>,
  { paint, time = 'day', hasLevel = true, prefix = '' }: LineStyle,
): string {
  const name = !hasLevel || level === STDOUT_LEVEL ? '' : `${levelName(level)}: `;
  const look = lookOf(level);
  const stamp = time === 'none' ? '' : `${paint('dim', time === 'day' ? timeOfDay(epoch) : dateAndTime(epoch))} `;
  const before = `${stamp}${look === undefined ? name : paint(look, name)}`;
  if (prefix === '') return before + text;
  return text
    .split('\n')
    .map((line) => prefix + before + line)
    .join('\n');
}

/** Writes messages and gaps, one JSON object a line, with the id when there are several jobs. */
export async function writeJsonMessages(
  items: AsyncIterable<{ readonly id?: string; readonly item: MessageItem }>,
  output: Output,
): Promise<void> {
  for await (const { id, item } of items) {
    const whose = id === undefined ? {} : { id };
    switch (item.type) {
      case 'message': {
        const { type: _type, ...message } = item;
        await output.line(JSON.stringify({ ...whose, ...message }));
        break;
      }
      case 'gap':
        await output.line(JSON.stringify({ ...whose, gap: { from: item.from, to: item.to } }));
        break;
      case 'event':
      case 'stats':
        break;
      default:
        assertNever(item);
    }
  }
}

/** The name of a level. */
export function levelName(level: number): string {
  return LEVELS[level]?.name ?? `level-${level}`;
}

/** How messages of a level look; undefined for plain ones. */
export function lookOf(level: number): Look | undefined {
  if (level === STDERR_LEVEL || level === ERROR_LEVEL || level === CRITICAL_LEVEL) return 'bad';
  return level === WARNING_LEVEL ? 'warning' : undefined;
}

/** The time where the reader is, with milliseconds: `14:03:07.125`. */
export function timeOfDay(epoch: number): string {
  const date = new Date(epoch);
  const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}

function dateAndTime(epoch: number): string {
  return new Date(epoch).toISOString();
}
