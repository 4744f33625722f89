import * as z from 'zod';
import { AgentError, defineBuiltin, JobId, MAX_LEVEL, type ReadingOptions } from 'corex/builtin';
import { given } from '../given.ts';
import { requireSession } from '../session.ts';

const Arguments = z.strictObject({
  id: JobId.describe('Id of the job, live or settled.'),
  from: z
    .union([z.enum(['start', 'now']), z.int().min(0)])
    .nullish()
    .describe(
      '`start`: all that is kept. `now`: only what comes. A position: all after it. Default `start`; `now` with `tail`.',
    ),
  tail: z.int().min(0).max(100_000).nullish().describe('With `now`: this many of the newest messages come first.'),
  as: z.enum(['messages', 'bytes', 'both']).nullish().describe('What is sent. Default `messages`.'),
  streams: z
    .array(z.enum(['stdout', 'stderr', 'pty']))
    .nullish()
    .describe('Only of these streams. Default: all.'),
  levels: z
    .array(z.int().min(0).max(MAX_LEVEL))
    .max(256)
    .nullish()
    .describe('Only messages of these levels. Default: all.'),
});

export const jobSubscribe = defineBuiltin({
  name: 'job.subscribe',
  summary: 'Sends a job’s output and events to this connection until it has settled, over all its runs.',
  arguments: Arguments,
  errors: ['unknown-job', 'not-able'],
  example: { arguments: { id: 'backup', tail: 10 }, data: { handle: 3, position: 8192 } },
  run: async (args, context) => {
    const session = requireSession(context);
    const options = readingOptions(args);
    const view = await context.jobs.view(args.id);
    return session.subscribe(view, options);
  },
});

function readingOptions({ id, ...args }: z.infer<typeof Arguments>): ReadingOptions {
  const { from, as = 'messages', tail, ...filters } = given(args);
  const refuse = (why: string): never => {
    throw new AgentError('bad-arguments', `Cannot subscribe to job "${id}": ${why}`);
  };
  if (tail !== undefined && from !== undefined && from !== 'now')
    refuse(`"tail" needs "from" to be "now", and it is "${from}"`);
  if (tail !== undefined && as === 'bytes') refuse('"tail" counts messages, and "as" is "bytes"');
  if (tail !== undefined) return { from: 'now', as, tail, ...filters };
  return { from: from ?? 'start', as, ...filters };
}
