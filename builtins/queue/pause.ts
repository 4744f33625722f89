import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { EXAMPLE_QUEUE } from './example-queue.ts';
import { QueueName } from './queue-name.ts';

const Arguments = z.strictObject({ name: QueueName });

export const queuePause = defineBuiltin({
  name: 'queue.pause',
  summary: 'Nothing more starts from the queue; what runs goes on.',
  arguments: Arguments,
  errors: ['unknown-queue'],
  example: { arguments: { name: 'disk' }, data: { ...EXAMPLE_QUEUE, paused: true } },
  run: ({ name }, { queues }) => queues.pause(name),
});
