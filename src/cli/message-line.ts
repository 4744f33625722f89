/** A job's messages as lines: for people, and as JSON for programs. */
import { assertNever } from '../base/assert-never.ts';
import type { JobMessage, MessageItem } from '../client/job-items.ts';
import { CRITICAL_LEVEL, LEVELS, STDERR_LEVEL, STDOUT_LEVEL } from '../protocol/levels.ts';
import type { Output } from './output.ts';
import type { Look, Paint } from './paint.ts';

const WARNING_LEVEL = 7;
const ERROR_LEVEL = 8;

/** A message with its time and, unless it is plain output, the name of its level. */
export function messageLine({ epoch, level, text }: JobMessage, paint: Paint): string {
  const name = level === STDOUT_LEVEL ? '' : `${LEVELS[level]?.name ?? `level-${level}`}: `;
  const look = lookOf(level);
  return `${paint('dim', timeOfDay(epoch))} ${look === undefined ? name : paint(look, name)}${text}`;
}

/** Writes messages and gaps, one JSON object a line. */
export async function writeJsonMessages(items: AsyncIterable<MessageItem>, output: Output): Promise<void> {
  for await (const item of items) {
    switch (item.type) {
      case 'message': {
        const { type: _type, ...message } = item;
        await output.line(JSON.stringify(message));
        break;
      }
      case 'gap':
        await output.line(JSON.stringify({ gap: { from: item.from, to: item.to } }));
        break;
      case 'event':
      case 'stats':
        break;
      default:
        assertNever(item);
    }
  }
}

function lookOf(level: number): Look | undefined {
  if (level === STDERR_LEVEL || level === ERROR_LEVEL || level === CRITICAL_LEVEL) return 'bad';
  return level === WARNING_LEVEL ? 'warning' : undefined;
}

/** The time where the reader is, with milliseconds: `14:03:07.125`. */
export function timeOfDay(epoch: number): string {
  const date = new Date(epoch);
  const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}
