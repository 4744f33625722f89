import * as z from 'zod';
import {
  AgentError,
  defineBuiltin,
  JobId,
  type BuiltinContext,
  type JobAccess,
  type JobStatsInfo,
} from 'corex/builtin';

/** As many as a job has at most. */
const MOST_POINTS = 1000;

const Arguments = z.strictObject({
  id: JobId.describe('Id of the job.'),
  since: z.number().min(0).nullish().describe('With the samples taken after this time, seconds since 1970.'),
  points: z
    .int()
    .min(1)
    .max(MOST_POINTS)
    .nullish()
    .describe('With the samples, at most so many: neighbours are merged into one. Default: all there are.'),
});

export const jobStats = defineBuiltin({
  name: 'job.stats',
  summary: 'What the processes of a job use now, and used before; null when nothing of it can be told.',
  arguments: Arguments,
  errors: ['unknown-job'],
  example: {
    arguments: { id: 'backup', points: 1 },
    data: {
      cpu: 12.5,
      rss: 10_485_760,
      vms: 52_428_800,
      swap: 0,
      processes: 2,
      samples: [
        {
          time: 1767225660000,
          samples: 60,
          cpu: 11.8,
          cpu_max: 97.1,
          rss: 9_437_184,
          rss_max: 10_485_760,
          vms: 52_428_800,
          swap: 0,
          processes: 2,
        },
      ],
      totals: {
        time: 1767225660000,
        samples: 60,
        cpu: 11.8,
        cpu_max: 97.1,
        rss: 9_437_184,
        rss_max: 10_485_760,
        vms: 52_428_800,
        swap: 0,
        processes: 2,
      },
    },
  },
  run: async ({ id, since, points }, { jobs, agent }) => {
    const now = await measureLive(id, jobs);
    const wantsSamples = typeof since === 'number' || typeof points === 'number';
    const before = agent.statistics?.use(id, {
      ...(typeof since === 'number' ? { since: since * 1000 } : {}),
      ...(typeof points === 'number' ? { points } : {}),
    });
    const usage = now === 'settled' ? (await jobs.result(id)).usage : undefined;
    const told: JobStatsInfo = {
      ...(now === 'settled' ? {} : now),
      ...(before === undefined || !wantsSamples ? {} : { samples: before.samples }),
      ...(before === undefined ? {} : { totals: before.totals }),
      ...(usage === undefined ? {} : { usage }),
    };
    return Object.keys(told).length === 0 ? null : told;
  },
});

/** What a live job uses now. Errors: `unknown-job`. */
async function measureLive(
  id: string,
  jobs: JobAccess,
): Promise<Awaited<ReturnType<BuiltinContext['jobs']['measure']>> | 'settled'> {
  try {
    return await jobs.measure(id);
  } catch (error) {
    if (error instanceof AgentError && error.code === 'not-running') return 'settled';
    throw error;
  }
}
