import * as z from 'zod';
import { CONDITIONS } from './dependency.ts';

/** Where a live job stands. `settled` jobs are in the history only. */
export const JobState = z.enum(['queued', 'starting', 'running', 'stopping', 'waiting', 'settled']);
export type JobState = z.infer<typeof JobState>;

/** What `job.list` and `job.get` tell of a job. Times are milliseconds. */
export const JobInfo = z.strictObject({
  id: z.string(),
  command: z.string(),
  title: z
    .string()
    .optional()
    .describe('What it does, in a line for people: of a program its name and arguments, at most 200 characters.'),
  state: JobState,
  waiting_for: z
    .array(z.strictObject({ id: z.string(), condition: z.enum([...CONDITIONS, 'turn']) }))
    .optional()
    .describe(
      'What it waits for before it gets in line, only while `queued`: the first 100 jobs, or its `turn` in its batch.',
    ),
  batch: z.string().optional().describe('Id of the batch it belongs to, while it is live.'),
  queue: z.string().optional(),
  priority: z.int(),
  tags: z.array(z.string()),
  runs: z.int().describe('Runs started so far.'),
  pid: z.int().optional().describe('Of the main process, while there is one.'),
  accepted: z.int().describe('When the command was accepted, since 1970.'),
  started: z.int().optional().describe('Start of the present or last run, since 1970.'),
  next: z.int().optional().describe('When the next run is due, since 1970; only while `waiting`.'),
  ended: z.int().optional().describe('When it settled, since 1970.'),
  output: z.int().describe('Position after the last byte written.'),
  pty: z.boolean().optional().describe('It runs on a terminal. Only told while it is live.'),
  protected: z.boolean().optional(),
  result: z
    .strictObject({ state: z.string(), code: z.int(), reason: z.string() })
    .optional()
    .describe('Only when settled.'),
});
export type JobInfo = z.infer<typeof JobInfo>;

/** What `job.page` can sort by. */
export const JobOrder = z.enum([
  'accepted',
  'id',
  'state',
  'started',
  'runs',
  'queue',
  'priority',
  'output',
  'cpu',
  'rss',
]);
export type JobOrder = z.infer<typeof JobOrder>;

/** What `job.page` tells of a job. */
export const JobRow = JobInfo.extend({
  cpu: z.number().optional().describe('Percent of one core, all its processes together; only while it has some.'),
  rss: z.int().optional().describe('Bytes of memory, likewise.'),
  said: z.string().optional().describe('The newest line of its output that says something, at most 200 characters.'),
});
export type JobRow = z.infer<typeof JobRow>;

/** What `job.page` tells. */
export const JobPage = z.strictObject({
  live: z.int().describe('All live jobs.'),
  total: z.int().describe('Those for which everything given holds.'),
  by_state: z.partialRecord(JobState, z.int()).describe('How many of those are in each state.'),
  jobs: z.array(JobRow),
});
export type JobPage = z.infer<typeof JobPage>;

/** What `queue.list` tells of a queue. */
export const QueueInfo = z.strictObject({
  name: z.string(),
  width: z.int().describe('Jobs that may be active at once.'),
  limit: z.int().optional().describe('Jobs that may wait; more are refused with 429.'),
  rate: z.string().optional().describe('Runs that may start in a time, such as `10/s`.'),
  burst: z.int().optional().describe('Runs that may start at once when none did for a while.'),
  paused: z.boolean(),
  active: z.int(),
  waiting: z.int(),
  jobs: z.array(z.string()).describe('Ids of the first 100 waiting jobs, next first.'),
});
export type QueueInfo = z.infer<typeof QueueInfo>;
