import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { ContainerRef } from './arguments.ts';

export const containerPause = defineBuiltin({
  name: 'container.pause',
  summary: 'Holds every process of a running container until it is resumed.',
  arguments: z.strictObject({ container: ContainerRef }),
  errors: ['unknown-container', 'not-running', 'not-able'],
  example: { arguments: { container: 'web' }, data: true },
  run: async ({ container }, context) => {
    await offered(context.agent.containers, context).pause(container);
    return true;
  },
});
