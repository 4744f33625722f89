import * as z from 'zod';
import { ContainerChange, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, HandleRef } from './arguments.ts';

const { image } = ContainerChange.shape;

export const containerSetImage = defineBuiltin({
  name: 'container.set_image',
  summary: 'What the root of the container is made of. It is made with the first start, and stays.',
  arguments: z.strictObject({ handle: HandleRef, image }),
  errors: ['unknown-handle', 'not-able'],
  example: {
    arguments: { handle: EXAMPLE_HANDLE, image: 'docker.io/library/nginx:1.29' },
    data: { handle: EXAMPLE_HANDLE },
  },
  run: ({ handle, ...change }, context) => ({
    handle: offered(context.agent.containers, context).change(handle, change),
  }),
});
