import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { EXAMPLE_QUEUE } from './example-queue.ts';
import { QueueName } from './queue-name.ts';

const Arguments = z.strictObject({ name: QueueName });

export const queueResume = defineBuiltin({
  name: 'queue.resume',
  summary: 'Jobs start from a paused queue again.',
  arguments: Arguments,
  errors: ['unknown-queue'],
  example: { arguments: { name: 'disk' }, data: { ...EXAMPLE_QUEUE, paused: false } },
  run: ({ name }, { queues }) => queues.resume(name),
});
