import * as z from 'zod';
import { defineBuiltin, JobId } from 'corex/builtin';

const Arguments = z.strictObject({ id: JobId.describe('Id of the job.') });

export const jobUnschedule = defineBuiltin({
  name: 'job.unschedule',
  summary: 'Lets a job end after its present run: no restart, no recurrence. A waiting one ends at once.',
  arguments: Arguments,
  errors: ['unknown-job', 'not-running'],
  example: { arguments: { id: 'backup' }, data: true },
  run: async ({ id }, { jobs }) => {
    await jobs.unschedule(id);
    return true;
  },
});
