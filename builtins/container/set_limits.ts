import * as z from 'zod';
import { ContainerChange, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, HandleRef } from './arguments.ts';

const { limits } = ContainerChange.shape;

export const containerSetLimits = defineBuiltin({
  name: 'container.set_limits',
  summary: 'What everything in the container may use together; -1 stands for the default. Ignored by one that runs.',
  arguments: z.strictObject({ handle: HandleRef, limits }),
  errors: ['unknown-handle', 'not-able'],
  example: { arguments: { handle: EXAMPLE_HANDLE, limits: { memory_mb: 256 } }, data: { handle: EXAMPLE_HANDLE } },
  run: ({ handle, ...change }, context) => ({
    handle: offered(context.agent.containers, context).change(handle, change),
  }),
});
