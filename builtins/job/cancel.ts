import * as z from 'zod';
import { defineBuiltin, JobId } from 'corex/builtin';

const Arguments = z.strictObject({ id: JobId.describe('Id of the job.') });

export const jobCancel = defineBuiltin({
  name: 'job.cancel',
  summary: 'Settles a job that has no live run: a queued one, or one that waits for its next run.',
  arguments: Arguments,
  errors: ['unknown-job', 'running', 'not-running'],
  example: { arguments: { id: 'backup' }, data: true },
  run: async ({ id }, { jobs }) => {
    await jobs.cancel(id);
    return true;
  },
});
