import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, HandleRef } from './arguments.ts';

export const containerSetRunState = defineBuiltin({
  name: 'container.set_run_state',
  summary: 'Whether the container is to run.',
  arguments: z.strictObject({
    handle: HandleRef,
    run_state: z.string().max(64).describe('`running` or `stopped`.'),
  }),
  errors: ['unknown-handle', 'bad-arguments', 'not-able'],
  example: { arguments: { handle: EXAMPLE_HANDLE, run_state: 'running' }, data: { handle: EXAMPLE_HANDLE } },
  run: ({ handle, run_state: runState }, context) => ({
    handle: offered(context.agent.containers, context).setRunState(handle, runState),
  }),
});
