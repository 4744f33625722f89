import * as z from 'zod';
import { AgentError, defineBuiltin } from 'corex/builtin';
import { given } from '../given.ts';

const DEFAULT_LIMIT = 1000;

const Arguments = z.strictObject({
  key: z.string().nullish().describe('Only series of this key.'),
  prefix: z.string().nullish().describe('Only series whose key begins so.'),
  id: z.string().nullish().describe('Only series of this job, or of what a job named in the tag `id`.'),
  tags: z
    .record(z.string(), z.string())
    .nullish()
    .describe('Only series that have all these tags with these values; a tag without a value has the value "".'),
  limit: z
    .int()
    .min(1)
    .max(10_000)
    .nullish()
    .describe('At most this many, those with the newest values first. Default 1000.'),
});

export const aggregatorQuery = defineBuiltin({
  name: 'aggregator.query',
  summary: 'The values jobs reported on level 10, summed up in windows of 300 and of 3600 seconds.',
  arguments: Arguments,
  errors: ['not-able'],
  example: {
    arguments: { key: 'requests', tags: { host: 'a' } },
    data: {
      series: [
        {
          key: 'requests',
          id: 'web',
          op: 'D',
          tags: { host: 'a' },
          last_value: 1200,
          last_time: 1767225660000,
          current: {
            300: { start: 1767225600000, count: 2, total: 24, avg: 12, max: 14 },
            3600: { start: 1767225600000, count: 2, total: 24, avg: 12, max: 14 },
          },
          history: { 300: [], 3600: [] },
        },
      ],
      total: 1,
      dropped: 0,
    },
  },
  run: (args, { agent }) => {
    if (agent.statistics === undefined) {
      throw new AgentError('not-able', 'Cannot tell what jobs reported: this agent does not keep it');
    }
    return agent.statistics.series({ limit: DEFAULT_LIMIT, ...given(args) });
  },
});
