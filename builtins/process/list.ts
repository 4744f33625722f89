import * as z from 'zod';
import { defineBuiltin, JobId } from 'corex/builtin';
import { given } from '../given.ts';
import { offered } from '../offered.ts';

const pid = z.int().min(0).max(4_194_304);

const Arguments = z.strictObject({
  pid: pid.nullish().describe('Only the process of this number.'),
  ppid: pid.nullish().describe('Only children of this process.'),
  name: z
    .string()
    .min(1)
    .max(255)
    .nullish()
    .describe('Only programs of this short name, or called as a file of this name.'),
  job: JobId.nullish().describe('Only processes of this live job.'),
  details: z
    .boolean()
    .nullish()
    .describe(
      'Also open files, limits, program and directory, of processes that are the agent’s to look at. Default false.',
    ),
  limit: z.int().min(1).max(10_000).nullish().describe('At most this many. Default 1000.'),
  after: pid.nullish().describe('Begin behind this number: the last one of the page before.'),
});

export const processList = defineBuiltin({
  name: 'process.list',
  summary:
    'Processes of the machine by number, with the live job each belongs to. Everything given must hold; one that is gone is no error.',
  arguments: Arguments,
  errors: ['not-able'],
  example: {
    arguments: { job: 'backup' },
    data: [
      {
        pid: 4711,
        ppid: 4242,
        name: 'tar',
        cmdline: 'tar -c /data',
        state: 'S',
        start_time: 123_456,
        createtime: 1_767_225_600_000,
        uid: 1000,
        threads: 1,
        cpu: { user: 1.25, system: 0.5 },
        rss: 4_194_304,
        vms: 9_437_184,
        swap: 0,
        job: 'backup',
      },
    ],
  },
  run: async (args, context) => {
    const { limit = 1000, details = false, ...query } = given(args);
    return await offered(context.agent.processes, context).list({ ...query, limit, details }, context.signal);
  },
});
