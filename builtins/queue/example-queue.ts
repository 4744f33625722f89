import type { QueueInfo } from 'corex/builtin';

/** The queue the examples of several built-ins show. */
export const EXAMPLE_QUEUE: QueueInfo = {
  name: 'disk',
  width: 2,
  limit: 100,
  paused: false,
  active: 2,
  waiting: 1,
  jobs: ['backup'],
};
