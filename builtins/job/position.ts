import * as z from 'zod';
import { defineBuiltin, JobId } from 'corex/builtin';

const Arguments = z.strictObject({
  id: JobId.describe('Id of the job, live or settled.'),
  time: z.number().min(0).describe('Seconds since 1970.'),
});

export const jobPosition = defineBuiltin({
  name: 'job.position',
  summary: 'Where in a job’s output the first byte is that arrived at a time or later; its end when there is none.',
  arguments: Arguments,
  errors: ['unknown-job'],
  example: { arguments: { id: 'backup', time: 1767225600.5 }, data: { position: 4096 } },
  run: async ({ id, time }, { jobs }) => ({ position: await (await jobs.view(id)).positionAt(time * 1000) }),
});
