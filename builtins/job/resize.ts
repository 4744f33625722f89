import * as z from 'zod';
import { defineBuiltin, JobId } from 'corex/builtin';

const Arguments = z.strictObject({
  id: JobId.describe('Id of the job.'),
  columns: z.int().min(1).max(10_000).describe('Characters of a line.'),
  rows: z.int().min(1).max(10_000).describe('Lines.'),
});

export const jobResize = defineBuiltin({
  name: 'job.resize',
  summary: 'Sets the size of a job’s terminal; without one nothing happens.',
  arguments: Arguments,
  errors: ['unknown-job', 'not-running', 'not-able'],
  example: { arguments: { id: 'shell', columns: 120, rows: 40 }, data: true },
  run: async ({ id, columns, rows }, { jobs }) => {
    await jobs.resize(id, columns, rows);
    return true;
  },
});
