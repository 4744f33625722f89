import * as z from 'zod';
import { ContainerChange, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, HandleRef } from './arguments.ts';

const { network, ports } = ContainerChange.shape;

export const containerSetNetwork = defineBuiltin({
  name: 'container.set_network',
  summary: 'The network of the container, and which ports of the machine lead to it.',
  arguments: z.strictObject({ handle: HandleRef, network, ports }),
  errors: ['unknown-handle', 'not-able'],
  example: {
    arguments: { handle: EXAMPLE_HANDLE, network: 'bridge', ports: [{ host: 8080, container: 80 }] },
    data: { handle: EXAMPLE_HANDLE },
  },
  run: ({ handle, ...change }, context) => ({
    handle: offered(context.agent.containers, context).change(handle, change),
  }),
});
