import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
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
});

export const queueSet = defineBuiltin({
  name: 'queue.set',
  summary: 'Sets width and limit of a queue; makes it when it does not exist.',
  arguments: Arguments,
  example: { arguments: { name: 'disk', width: 2, limit: 100 }, data: EXAMPLE_QUEUE },
  run: ({ name, width, limit }, { queues }) =>
    queues.set(name, {
      ...(width === null || width === undefined ? {} : { width }),
      ...(limit === undefined ? {} : { limit }),
    }),
});
