import * as z from 'zod';
import { defineBuiltin, JobId } from 'corex/builtin';

const Arguments = z.strictObject({ id: JobId.describe('Id of the job.') });

export const jobGet = defineBuiltin({
  name: 'job.get',
  summary: 'What is known of one job, live or settled.',
  arguments: Arguments,
  errors: ['unknown-job'],
  example: {
    arguments: { id: 'backup' },
    data: {
      id: 'backup',
      command: 'core.system',
      state: 'settled',
      priority: 0,
      tags: [],
      runs: 1,
      accepted: 1767225600000,
      started: 1767225600004,
      ended: 1767225603004,
      output: 8192,
      result: { state: 'SUCCESS', code: 0, reason: 'exited' },
    },
  },
  run: ({ id }, { jobs }) => jobs.get(id),
});
