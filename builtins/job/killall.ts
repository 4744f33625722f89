import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { given } from '../given.ts';

const Arguments = z.strictObject({
  tags: z.array(z.string()).max(64).nullish().describe('Only jobs that have all these tags.'),
  queue: z.string().nullish().describe('Only jobs of this queue.'),
  command: z.string().nullish().describe('Only jobs of this command.'),
});

export const jobKillall = defineBuiltin({
  name: 'job.killall',
  summary: 'Ends every live job that matches and is not protected; answers their ids.',
  arguments: Arguments,
  example: { arguments: { tags: ['nightly'] }, data: ['backup', 'report'] },
  run: (args, { jobs }) => jobs.killAll(given(args)),
});
