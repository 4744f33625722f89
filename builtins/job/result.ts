import * as z from 'zod';
import { defineBuiltin, JobId } from 'corex/builtin';
import { EXAMPLE_RESULT } from './example-result.ts';

const Arguments = z.strictObject({ id: JobId.describe('Id of the job.') });

export const jobResult = defineBuiltin({
  name: 'job.result',
  summary: 'The result of a settled job.',
  arguments: Arguments,
  errors: ['unknown-job', 'not-ended'],
  example: { arguments: { id: 'backup' }, data: EXAMPLE_RESULT },
  run: ({ id }, { jobs }) => jobs.result(id),
});
