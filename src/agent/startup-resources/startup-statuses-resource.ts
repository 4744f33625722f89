import * as z from 'zod';
import type { StartupStatus } from '../../engine/startup-access.ts';
import { defineResource } from '../../state/define-resource.ts';
import type { Phase } from '../../state/resource.ts';

const milliseconds = z.int().describe('Since 1970, milliseconds.');

/** What `startup.list` tells of an entry. */
const StartupStatusSpec = z.strictObject({
  phase: z.enum(['running', 'tearing-down']).describe('`tearing-down`: its resource is to go, its job ends first.'),
  state: z.string(),
  why: z.string().optional(),
  error: z.string().optional().describe('What is wrong with it, also when it runs.'),
  job: z.string().optional().describe('Id of its job; missing where it can have none.'),
  source: z.string().describe('The file it stands in, or the resource it is.'),
  from: z.enum(['file', 'resource']),
  after: z.array(z.string()),
  waiting: z.array(z.string()).optional(),
  stage: z.string().optional(),
  command: z.string().optional(),
  since: milliseconds.optional(),
  pid: z.int().optional(),
  runs: z.int().optional(),
  next: milliseconds.optional(),
  last: z.strictObject({ state: z.string(), code: z.int(), reason: z.string() }).optional(),
  missed: z.int().optional(),
  protected: z.boolean().optional(),
});
export type StartupStatusSpec = z.infer<typeof StartupStatusSpec>;

/** Where each entry stands, whether of a file or a resource; by its id. */
export const StartupStatuses = defineResource({
  type: 'StartupStatuses.runtime.corex',
  namespace: 'runtime',
  columns: [
    { name: 'State', path: 'spec.state' },
    { name: 'Pid', path: 'spec.pid' },
    { name: 'Runs', path: 'spec.runs' },
    { name: 'After', path: 'spec.after' },
    { name: 'From', path: 'spec.from' },
    { name: 'Why', path: 'spec.why' },
    { name: 'Error', path: 'spec.error' },
  ],
  schema: StartupStatusSpec,
});

/** Of an entry that is known; `problem` is what is wrong with what was written of it last. */
export function statusSpecOf(
  { id, why, after, waiting, ...rest }: StartupStatus,
  phase: Phase,
  problem: string | undefined,
): StartupStatusSpec {
  const { state } = rest;
  const error = problem ?? (state === 'invalid' || state === 'failed' ? why : undefined);
  return {
    ...rest,
    phase,
    after: [...after],
    ...(why === undefined || why === error ? {} : { why }),
    ...(waiting === undefined ? {} : { waiting: [...waiting] }),
    ...(error === undefined ? {} : { error }),
    ...(state === 'invalid' || state === 'skipped' ? {} : { job: id }),
  };
}

/** Of a resource that can be no entry. */
export function uselessStatusSpec(source: string, phase: Phase, error: string): StartupStatusSpec {
  return { phase, state: 'invalid', error, source, from: 'resource', after: [] };
}
