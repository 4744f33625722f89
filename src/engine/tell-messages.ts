import { STATISTICS_LEVEL } from '../protocol/levels.ts';
import type { EngineCounts } from './engine-counts.ts';
import type { Handlers } from './handlers.ts';
import type { Job } from './job.ts';
import type { ParsedMessage } from './streams/parsed-message.ts';
import { parseStatistics } from './streams/statistics-line.ts';

/** Tells what a run said to the job's hooks and to the handlers, in order. Costs nothing where nobody listens. */
export function tellMessages(
  job: Job,
  messages: readonly ParsedMessage[],
  { handlers, counts }: { readonly handlers: Handlers; readonly counts: EngineCounts },
): void {
  counts.messages += messages.length;
  if (handlers.wants('messages')) tellBatch(job, messages, handlers);
  const { hooks } = job;
  const hooked = hooks.wantsMessages;
  const handled = handlers.wants('message');
  const measured = handlers.wants('stats');
  if (!hooked && !handled && !measured) return;
  for (const message of messages) {
    if (hooked) hooks.message(message);
    if (measured && message.level === STATISTICS_LEVEL) tellStatistics(job, message, handlers, counts);
    if (handled && (job.command.logLevels?.includes(message.level) ?? true)) handlers.message(job, message);
  }
}

/** Tells those of the levels the job's command logs. */
function tellBatch(job: Job, messages: readonly ParsedMessage[], handlers: Handlers): void {
  const { logLevels } = job.command;
  const logged = logLevels === undefined ? messages : messages.filter(({ level }) => logLevels.includes(level));
  if (logged.length > 0) handlers.messages(job, logged);
}

/** A malformed one is a message like any other, and counted. */
function tellStatistics(job: Job, { text, epoch }: ParsedMessage, handlers: Handlers, counts: EngineCounts): void {
  const sample = parseStatistics(text);
  if (sample === undefined) counts.malformedStatistics += 1;
  else handlers.stats(job, sample, epoch);
}
