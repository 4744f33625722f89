import * as z from 'zod';
import { defineBuiltin, JobId } from 'corex/builtin';

const Arguments = z.strictObject({ id: JobId.describe('Id of the job.') });

export const jobStats = defineBuiltin({
  name: 'job.stats',
  summary: 'What the processes of a live job use now; null when that can not be told.',
  arguments: Arguments,
  errors: ['unknown-job', 'not-running'],
  example: { arguments: { id: 'backup' }, data: { cpu: 12.5, rss: 10_485_760, vms: 52_428_800, swap: 0 } },
  run: async ({ id }, { jobs }) => (await jobs.measure(id)) ?? null,
});
