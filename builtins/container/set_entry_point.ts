import * as z from 'zod';
import { ContainerChange, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, HandleRef } from './arguments.ts';

const { entry_point } = ContainerChange.shape;

export const containerSetEntryPoint = defineBuiltin({
  name: 'container.set_entry_point',
  summary: 'The main program of the container, whose life is that of the container.',
  arguments: z.strictObject({ handle: HandleRef, entry_point }),
  errors: ['unknown-handle', 'not-able'],
  example: {
    arguments: { handle: EXAMPLE_HANDLE, entry_point: { path: '/bin/httpd', args: ['-f'] } },
    data: { handle: EXAMPLE_HANDLE },
  },
  run: ({ handle, ...change }, context) => ({
    handle: offered(context.agent.containers, context).change(handle, change),
  }),
});
