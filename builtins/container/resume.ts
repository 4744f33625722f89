import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { ContainerRef } from './arguments.ts';

export const containerResume = defineBuiltin({
  name: 'container.resume',
  summary: 'Lets the processes of a paused container go on.',
  arguments: z.strictObject({ container: ContainerRef }),
  errors: ['unknown-container', 'not-running', 'not-able'],
  example: { arguments: { container: 'web' }, data: true },
  run: async ({ container }, context) => {
    await offered(context.agent.containers, context).resume(container);
    return true;
  },
});
