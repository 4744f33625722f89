/** Times of the calendar, by croner. */
import { Cron } from 'croner';
import { errorMessage } from '../protocol/agent-error.ts';
import type { CronSchedule } from './startup-entry.ts';

/** Why a schedule can't be used; undefined when it can. */
export function scheduleTrouble(pattern: string, timezone: string | undefined): string | undefined {
  try {
    const next = makeCron(pattern, timezone).nextRun();
    return next === null ? `"${pattern}" is never due` : undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

/** When it is due next after a moment, both milliseconds since 1970; undefined when it never is again. */
export function nextDue({ pattern, timezone }: CronSchedule, after: number): number | undefined {
  return makeCron(pattern, timezone).nextRun(new Date(after))?.getTime();
}

/** It only tells times: it has nothing to call and starts no timer. */
function makeCron(pattern: string, timezone: string | undefined): Cron {
  return new Cron(pattern, { paused: true, ...(timezone === undefined ? {} : { timezone }) });
}
