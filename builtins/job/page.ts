import * as z from 'zod';
import { defineBuiltin, JobOrder, JobState } from 'corex/builtin';
import { given } from '../given.ts';

const DEFAULT_LIMIT = 100;

const Arguments = z.strictObject({
  match: z
    .string()
    .max(1000)
    .nullish()
    .describe(
      'Only jobs whose id, title, command, queue or one of whose tags has this in it, in letters of either case.',
    ),
  states: z.array(JobState).nullish().describe('Only jobs in one of these states.'),
  queue: z.string().nullish().describe('Only jobs of this queue.'),
  tags: z.array(z.string()).max(64).nullish().describe('Only jobs that have all these tags.'),
  command: z.string().nullish().describe('Only jobs of this command.'),
  sort: JobOrder.nullish().describe('Default `accepted`. Jobs that have no such value come last.'),
  descending: z.boolean().nullish().describe('The greatest first.'),
  offset: z.int().min(0).nullish().describe('Jobs before the page. Default 0.'),
  limit: z.int().min(0).max(1000).nullish().describe('Jobs on the page. Default 100.'),
});

export const jobPage = defineBuiltin({
  name: 'job.page',
  summary: 'Live jobs as a table shows them: sorted, a page at a time, with what they use and said last.',
  arguments: Arguments,
  example: {
    arguments: { match: 'back', sort: 'cpu', descending: true, limit: 1 },
    data: {
      live: 12,
      total: 1,
      by_state: { running: 1 },
      jobs: [
        {
          id: 'backup',
          command: 'core.system',
          title: './backup.sh /home',
          state: 'running',
          priority: 0,
          tags: [],
          runs: 1,
          pid: 4711,
          accepted: 1767225600000,
          started: 1767225600004,
          output: 8192,
          cpu: 12.5,
          rss: 10_485_760,
          said: '/home/anna/letters',
        },
      ],
    },
  },
  run: (args, { jobs }) =>
    jobs.page({ sort: 'accepted', descending: false, offset: 0, limit: DEFAULT_LIMIT, ...given(args) }),
});
