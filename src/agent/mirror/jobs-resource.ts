/** Jobs as resources: what `job.list` and `job.get` tell, without what changes all the time. */
import type * as z from 'zod';
import { JobInfo } from '../../protocol/job-info.ts';
import { defineResource } from '../../state/define-resource.ts';

/** How much it wrote and what it waits for changes without an event; `job.get` tells it. */
const JobSpec = JobInfo.omit({ id: true, output: true, waiting_for: true });
export type JobSpec = z.infer<typeof JobSpec>;

/** Live jobs, and the newest of those that have ended. */
export const Jobs = defineResource({
  type: 'Jobs.runtime.corex',
  namespace: 'runtime',
  columns: [
    { name: 'State', path: 'spec.state' },
    { name: 'Result', path: 'spec.result.reason' },
    { name: 'Queue', path: 'spec.queue' },
    { name: 'Runs', path: 'spec.runs' },
    { name: 'Pid', path: 'spec.pid' },
    { name: 'Command', path: 'spec.title' },
  ],
  schema: JobSpec,
});

/** The same for a live job and for one that is read from the history. */
export function jobSpecOf(info: JobInfo): JobSpec {
  const { id: _id, output: _output, waiting_for: _waiting, ...spec } = info;
  const { title = spec.command } = spec;
  if (spec.state !== 'settled') return { ...spec, title };
  // What a job only has while it lives is not in the history.
  const { pid: _pid, next: _next, batch: _batch, pty: _pty, protected: _protected, ...settled } = spec;
  return { ...settled, title };
}
