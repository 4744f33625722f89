import * as z from 'zod';
import { defineBuiltin, JobId } from 'corex/builtin';

const Arguments = z.strictObject({
  id: JobId.describe('Id of the job.'),
  priority: z.int().min(-1000).max(1000).describe('Higher goes first in its queue.'),
});

export const jobPriority = defineBuiltin({
  name: 'job.priority',
  summary: 'Changes the place of a job in its queue.',
  arguments: Arguments,
  errors: ['unknown-job', 'not-running'],
  example: { arguments: { id: 'backup', priority: 10 }, data: true },
  run: async ({ id, priority }, { jobs }) => {
    await jobs.setPriority(id, priority);
    return true;
  },
});
