import type * as z from 'zod';
import { QueueInfo } from '../../protocol/job-info.ts';
import { defineResource } from '../../state/define-resource.ts';

/** Who waits in it is told by the jobs themselves. */
const QueueSpec = QueueInfo.omit({ name: true, jobs: true });
export type QueueSpec = z.infer<typeof QueueSpec>;

/** Queues as resources: what `queue.list` tells. */
export const Queues = defineResource({
  type: 'Queues.runtime.corex',
  namespace: 'runtime',
  columns: [
    { name: 'Width', path: 'spec.width' },
    { name: 'Active', path: 'spec.active' },
    { name: 'Waiting', path: 'spec.waiting' },
    { name: 'Limit', path: 'spec.limit' },
    { name: 'Rate', path: 'spec.rate' },
    { name: 'Paused', path: 'spec.paused' },
  ],
  schema: QueueSpec,
});

export function queueSpecOf({ name: _name, jobs: _jobs, ...spec }: QueueInfo): QueueSpec {
  return spec;
}
