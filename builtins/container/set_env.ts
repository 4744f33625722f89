import * as z from 'zod';
import { ContainerChange, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, HandleRef } from './arguments.ts';

const { env } = ContainerChange.shape;

export const containerSetEnv = defineBuiltin({
  name: 'container.set_env',
  summary: 'Variables of the programs in the container, in place of those it has.',
  arguments: z.strictObject({ handle: HandleRef, env }),
  errors: ['unknown-handle', 'not-able'],
  example: { arguments: { handle: EXAMPLE_HANDLE, env: { MODE: 'fast' } }, data: { handle: EXAMPLE_HANDLE } },
  run: ({ handle, ...change }, context) => ({
    handle: offered(context.agent.containers, context).change(handle, change),
  }),
});
