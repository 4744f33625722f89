import * as z from 'zod';
import { defineBuiltin, parseCommand } from 'corex/builtin';
import { offered } from '../offered.ts';
import { ContainerRef } from './arguments.ts';

export const containerDispatch = defineBuiltin({
  name: 'container.dispatch',
  summary: 'Runs a `core.system` command in a running container, with all else it says: queue, restarts, limits, tags.',
  arguments: z.strictObject({
    container: ContainerRef,
    command: z.looseObject({ command: z.string() }).describe('A command as it is sent on its own.'),
  }),
  errors: ['unknown-container', 'not-running', 'bad-command', 'bad-arguments', 'duplicate-id', 'too-many', 'not-able'],
  example: {
    arguments: {
      container: 'web',
      command: { id: 'reload', command: 'core.system', arguments: { name: 'nginx', args: ['-s', 'reload'] } },
    },
    data: { id: 'reload', attached: false },
  },
  run: ({ container, command }, context) =>
    offered(context.agent.containers, context).dispatch(container, parseCommand(command), {
      name: 'container.dispatch',
      ...(context.session && { session: context.session }),
    }),
});
