import * as z from 'zod';
import { defineBuiltin, GivenResource } from 'corex/builtin';
import { given } from '../given.ts';
import { offered } from '../offered.ts';
import { exampleResource, OWNER } from './arguments.ts';

export const stateCreate = defineBuiltin({
  name: 'state.create',
  summary: 'Stores a resource as version 1 of a new life, and answers it as it is stored.',
  arguments: z.strictObject({ resource: GivenResource, ...OWNER }),
  errors: ['already-exists', 'denied', 'bad-request', 'unavailable', 'not-able'],
  example: {
    arguments: {
      resource: { metadata: { type: 'disks', id: 'sda', labels: { bus: 'nvme' } }, spec: { gigabytes: 500 } },
    },
    data: exampleResource(1, 500),
  },
  run: ({ resource, ...args }, context) =>
    offered(context.agent.resources, context).create(resource, { owner: given(args).owner }),
});
