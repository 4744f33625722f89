import * as z from 'zod';
import { ContainerChange, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, HandleRef } from './arguments.ts';

const { mounts } = ContainerChange.shape;

export const containerSetMounts = defineBuiltin({
  name: 'container.set_mounts',
  summary: 'What of the machine the container sees, in place of what it sees. Takes effect at its next start.',
  arguments: z.strictObject({ handle: HandleRef, mounts }),
  errors: ['unknown-handle', 'not-able'],
  example: {
    arguments: { handle: EXAMPLE_HANDLE, mounts: [{ target: '/data', source: '/srv/data' }] },
    data: { handle: EXAMPLE_HANDLE },
  },
  run: ({ handle, ...change }, context) => ({
    handle: offered(context.agent.containers, context).change(handle, change),
  }),
});
