import * as z from 'zod';
import { defineResource } from '../../state/define-resource.ts';

/** The agent itself, by its name. */
export const Agents = defineResource({
  type: 'Agents.runtime.corex',
  namespace: 'runtime',
  columns: [
    { name: 'State', path: 'spec.state' },
    { name: 'Corex', path: 'spec.version' },
    { name: 'Pid', path: 'spec.pid' },
    { name: 'Endpoints', path: 'spec.endpoints' },
  ],
  schema: z.strictObject({
    state: z.enum(['running', 'stopping']),
    version: z.string(),
    pid: z.int(),
    started: z.int().describe('Since 1970, milliseconds.'),
    endpoints: z.array(z.string()).describe('Addresses clients may use.'),
    recovered: z.record(z.string(), z.int()).describe('Jobs that agents before this one left, by what became of them.'),
  }),
});
