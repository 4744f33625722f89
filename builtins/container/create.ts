import * as z from 'zod';
import { ContainerChange, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, EXAMPLE_ID } from './arguments.ts';

const { name, ...wishes } = ContainerChange.shape;

export const containerCreate = defineBuiltin({
  name: 'container.create',
  summary: 'A handle of a new container, which does not exist before its commit, and the id it will have.',
  arguments: z.strictObject({
    name: name.unwrap(),
    ...wishes,
    run_state: z.enum(['running']).nullish().describe('`running`: it is to run as soon as it is committed.'),
  }),
  errors: ['bad-arguments', 'too-many', 'not-able'],
  example: {
    arguments: { name: 'web', image: 'docker.io/library/nginx:1.29' },
    data: { handle: EXAMPLE_HANDLE, id: EXAMPLE_ID },
  },
  run: ({ name: wanted, run_state: runState, ...change }, context) => {
    const containers = offered(context.agent.containers, context);
    const handle = containers.change(containers.create(wanted), change);
    const last = typeof runState === 'string' ? containers.setRunState(handle, runState) : handle;
    return { handle: last, id: containers.idOf(last) };
  },
});
