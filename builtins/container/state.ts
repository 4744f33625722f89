import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { ContainerRef } from './arguments.ts';
import { EXAMPLE_STATE } from './examples.ts';

export const containerState = defineBuiltin({
  name: 'container.state',
  summary: 'What a container and its processes are doing now, and its address in its network.',
  arguments: z.strictObject({ container: ContainerRef }),
  errors: ['unknown-container', 'not-able'],
  example: { arguments: { container: 'web' }, data: EXAMPLE_STATE },
  run: ({ container }, context) => offered(context.agent.containers, context).state(container),
});
