import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { ContainerRef } from './arguments.ts';
import { EXAMPLE_CONFIG, EXAMPLE_STATE } from './examples.ts';

export const containerInspect = defineBuiltin({
  name: 'container.inspect',
  summary: 'All there is to know of a container: configuration, state, processes, what happened to it.',
  arguments: z.strictObject({ container: ContainerRef }),
  errors: ['unknown-container', 'not-able'],
  example: { arguments: { container: 'web' }, data: { config: EXAMPLE_CONFIG, state: EXAMPLE_STATE } },
  run: async ({ container }, context) => {
    const containers = offered(context.agent.containers, context);
    const config = await containers.config(container);
    return { config, state: await containers.state(config.id) };
  },
});
