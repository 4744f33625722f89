import * as z from 'zod';
import { ContainerChange, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, HandleRef } from './arguments.ts';

const { hostname } = ContainerChange.shape;

export const containerSetHostname = defineBuiltin({
  name: 'container.set_hostname',
  summary: 'What the container calls its machine.',
  arguments: z.strictObject({ handle: HandleRef, hostname }),
  errors: ['unknown-handle', 'not-able'],
  example: { arguments: { handle: EXAMPLE_HANDLE, hostname: 'web' }, data: { handle: EXAMPLE_HANDLE } },
  run: ({ handle, ...change }, context) => ({
    handle: offered(context.agent.containers, context).change(handle, change),
  }),
});
