import * as z from 'zod';
import { ContainerChange, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, HandleRef } from './arguments.ts';

const { user } = ContainerChange.shape;

export const containerSetUser = defineBuiltin({
  name: 'container.set_user',
  summary: 'Who the programs of the container run as.',
  arguments: z.strictObject({ handle: HandleRef, user }),
  errors: ['unknown-handle', 'not-able'],
  example: { arguments: { handle: EXAMPLE_HANDLE, user: '1000:1000' }, data: { handle: EXAMPLE_HANDLE } },
  run: ({ handle, ...change }, context) => ({
    handle: offered(context.agent.containers, context).change(handle, change),
  }),
});
