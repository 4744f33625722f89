import * as z from 'zod';
import { defineBuiltin, REASONS, STATES, type HistoryQuery } from 'corex/builtin';
import { given } from '../given.ts';

const DEFAULT_LIMIT = 100;

const seconds = z.number().min(0);

const Arguments = z.strictObject({
  limit: z.int().min(1).max(1000).nullish().describe('At most this many. Default 100.'),
  cursor: z.string().max(1024).nullish().describe('Continue after the page that ended with this cursor.'),
  command: z.string().nullish().describe('Only jobs of this command.'),
  queue: z.string().nullish().describe('Only jobs of this queue.'),
  tags: z.array(z.string()).max(64).nullish().describe('Only jobs that have all these tags.'),
  states: z.array(z.enum(STATES)).nullish().describe('Only jobs that ended in one of these states.'),
  reasons: z.array(z.enum(REASONS)).nullish().describe('Only jobs that ended for one of these reasons.'),
  since: seconds.nullish().describe('Ended at or after this time, seconds since 1970.'),
  until: seconds.nullish().describe('Ended before this time, seconds since 1970.'),
});

export const jobHistory = defineBuiltin({
  name: 'job.history',
  summary: 'Settled jobs, newest first, page by page.',
  arguments: Arguments,
  example: {
    arguments: { states: ['ERROR'], limit: 1 },
    data: {
      jobs: [
        {
          id: 'report',
          command: 'core.system',
          state: 'settled',
          priority: 0,
          tags: ['nightly'],
          runs: 1,
          accepted: 1767225600000,
          started: 1767225600004,
          ended: 1767225603004,
          output: 512,
          result: { state: 'ERROR', code: 1001, reason: 'exited' },
        },
      ],
      cursor: 'MTc2NzIyNTYwMzAwNA',
    },
  },
  run: (args, { jobs }) => jobs.history(readQuery(args)),
});

function readQuery(args: z.infer<typeof Arguments>): HistoryQuery {
  const { limit = DEFAULT_LIMIT, since, until, ...filters } = given(args);
  return {
    limit,
    ...filters,
    ...(since === undefined ? {} : { since: since * 1000 }),
    ...(until === undefined ? {} : { until: until * 1000 }),
  };
}
