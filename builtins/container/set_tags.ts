import * as z from 'zod';
import { ContainerChange, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, HandleRef } from './arguments.ts';

const { tags } = ContainerChange.shape;

export const containerSetTags = defineBuiltin({
  name: 'container.set_tags',
  summary: 'What the container is found by, in place of what it was.',
  arguments: z.strictObject({ handle: HandleRef, tags }),
  errors: ['unknown-handle', 'not-able'],
  example: { arguments: { handle: EXAMPLE_HANDLE, tags: ['shop'] }, data: { handle: EXAMPLE_HANDLE } },
  run: ({ handle, ...change }, context) => ({
    handle: offered(context.agent.containers, context).change(handle, change),
  }),
});
