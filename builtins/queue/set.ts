import * as z from 'zod';
import { AgentError, defineBuiltin, parseRate, RateText } from 'corex/builtin';
import { EXAMPLE_QUEUE } from './example-queue.ts';
import { QueueName } from './queue-name.ts';

const Arguments = z.strictObject({
  name: QueueName,
  width: z
    .int()
    .min(1)
    .max(1_000_000)
    .nullish()
    .describe('Jobs that may be active at once. None: as it is; 1 for a new queue.'),
  limit: z
    .int()
    .min(0)
    .max(1_000_000)
    .nullish()
    .describe('Jobs that may wait; more are refused with 429. null takes the limit away. None: as it is.'),
  rate: RateText.nullish().describe(
    'Runs that may start in a time: `10/s`, `90/m`, `1.5/h`. null takes the limit away. None: as it is.',
  ),
  burst: z
    .int()
    .min(1)
    .max(1_000_000)
    .nullish()
    .describe('Runs that may start at once when none did for a while, with a rate. None: as it is; 1 for a new rate.'),
});

export const queueSet = defineBuiltin({
  name: 'queue.set',
  summary: 'Sets width, limit and rate of a queue for this agent and the next; makes it when it does not exist.',
  errors: ['store-unavailable'],
  arguments: Arguments,
  example: {
    arguments: { name: 'disk', width: 2, limit: 100, rate: '10/s', burst: 20 },
    data: { ...EXAMPLE_QUEUE, rate: '10/s', burst: 20 },
  },
  run: ({ name, width, limit, rate, burst }, { queues }) => {
    const hasRate = queues.list().some((queue) => queue.name === name && queue.rate !== undefined);
    if (typeof burst === 'number' && (rate === null || (rate === undefined && !hasRate))) {
      throw new AgentError('bad-arguments', `Cannot set "burst" of the queue "${name}": it needs a "rate"`);
    }
    return queues.set(name, {
      ...(width === null || width === undefined ? {} : { width }),
      ...(limit === undefined ? {} : { limit }),
      ...(rate === undefined ? {} : { rate: rate === null ? null : (parseRate(rate) ?? null) }),
      ...(burst === null || burst === undefined ? {} : { burst }),
    });
  },
});
