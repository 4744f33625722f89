import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { ContainerRef } from './arguments.ts';

export const containerDestroy = defineBuiltin({
  name: 'container.destroy',
  summary: 'Removes a container that does not run, with all it wrote.',
  arguments: z.strictObject({
    container: ContainerRef,
    force: z
      .boolean()
      .nullish()
      .describe(
        'Stop it first if it runs. After that failed, asked once more: let it go although not all it had in its network can be undone. Default: no.',
      ),
  }),
  errors: ['unknown-container', 'running', 'not-able', 'failed', 'cancelled'],
  example: { arguments: { container: 'web' }, data: true },
  run: async ({ container, force }, context) => {
    await offered(context.agent.containers, context).destroy(container, { force: force === true }, context.signal);
    return true;
  },
});
