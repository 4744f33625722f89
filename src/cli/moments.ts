import { UsageError } from './cli-error.ts';
import { parseDuration } from './durations.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_AND_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/i;
const TIME_OF_DAY = /^\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?$/;

/**
 * A moment as people write it, in milliseconds since 1970: a duration before now (`10m`), a date (`2026-01-31`), a date
 * and time (`2026-01-31T14:05:00Z`) or a time of today (`14:05`). Without a zone it is the zone of whoever asks. `name`
 * is how the option was written. Errors: UsageError.
 */
export function readMoment(name: string, text: string, now: number): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return now - seconds * 1000;
  const moment = Date.parse(complete(text, now));
  if (!Number.isNaN(moment)) return moment;
  throw new UsageError(
    `Cannot read ${name} "${text}": a duration such as 10m or 1h30m, a time such as 14:05, or a date such as 2026-01-31T14:05:00Z is wanted`,
  );
}

/** The text as a whole date; nothing that could be read when it is none of the forms. */
function complete(text: string, now: number): string {
  if (DATE.test(text)) return `${text}T00:00`;
  if (DATE_AND_TIME.test(text)) return text.replace(' ', 'T');
  if (!TIME_OF_DAY.test(text)) return '';
  const today = new Date(now);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${today.getFullYear()}-${pad(today.getMonth() + 1)}-${pad(today.getDate())}T${text}`;
}
