import * as z from 'zod';
import { defineBuiltin, JobId, JobState } from 'corex/builtin';
import { given } from '../given.ts';

const Arguments = z.strictObject({
  ids: z.array(JobId).max(1000).nullish().describe('Only jobs of these ids.'),
  states: z.array(JobState).nullish().describe('Only jobs in one of these states.'),
  queue: z.string().nullish().describe('Only jobs of this queue.'),
  tags: z.array(z.string()).max(64).nullish().describe('Only jobs that have all these tags.'),
  command: z.string().nullish().describe('Only jobs of this command.'),
  limit: z.int().min(1).max(10_000).nullish().describe('At most this many. Default 1000.'),
  after: JobId.nullish().describe('Begin behind the job of this id: the last one of the page before.'),
});

export const jobList = defineBuiltin({
  name: 'job.list',
  summary: 'Live jobs, in order of acceptance. Everything given must hold.',
  arguments: Arguments,
  example: {
    arguments: { states: ['running'] },
    data: [
      {
        id: 'backup',
        command: 'core.system',
        state: 'running',
        priority: 0,
        tags: [],
        runs: 1,
        pid: 4711,
        accepted: 1767225600000,
        started: 1767225600004,
        output: 8192,
      },
    ],
  },
  run: (args, { jobs }) => jobs.list({ limit: 1000, ...given(args) }),
});
