import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { ContainerRef, EXAMPLE_HANDLE } from './arguments.ts';

export const containerGetHandle = defineBuiltin({
  name: 'container.get_handle',
  summary: 'A handle for changing a container. A commit by somebody else makes it stale.',
  arguments: z.strictObject({ container: ContainerRef }),
  errors: ['unknown-container', 'not-able'],
  example: { arguments: { container: 'web' }, data: { handle: EXAMPLE_HANDLE } },
  run: async ({ container }, context) => ({
    handle: await offered(context.agent.containers, context).handle(container),
  }),
});
