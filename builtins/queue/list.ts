import { defineBuiltin } from 'corex/builtin';
import { EXAMPLE_QUEUE } from './example-queue.ts';

export const queueList = defineBuiltin({
  name: 'queue.list',
  summary: 'Every queue: width, what is active, who waits.',
  example: { data: [EXAMPLE_QUEUE] },
  run: (_args, { queues }) => queues.list(),
});
