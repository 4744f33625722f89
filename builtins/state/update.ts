import * as z from 'zod';
import { defineBuiltin, GivenResource } from 'corex/builtin';
import { given } from '../given.ts';
import { offered } from '../offered.ts';
import { exampleResource, OWNER } from './arguments.ts';

const Arguments = z.strictObject({
  resource: GivenResource,
  ...OWNER,
  expected_phase: z
    .enum(['running', 'tearing-down', 'any'])
    .nullish()
    .describe('What the stored one must be in. Default `running`.'),
});

export const stateUpdate = defineBuiltin({
  name: 'state.update',
  summary:
    'Exchanges a resource for one made from its present version; what is not given stays. Without a version it changes whatever is stored.',
  arguments: Arguments,
  errors: [
    'not-found',
    'version-conflict',
    'owner-conflict',
    'phase-conflict',
    'denied',
    'bad-request',
    'unavailable',
    'not-able',
  ],
  example: {
    arguments: { resource: { metadata: { type: 'disks', id: 'sda', version: 1 }, spec: { gigabytes: 1000 } } },
    data: exampleResource(2, 1000),
  },
  run: ({ resource, ...args }, context) => {
    const { owner, expected_phase: expectedPhase } = given(args);
    return offered(context.agent.resources, context).update(resource, { owner, expectedPhase });
  },
});
