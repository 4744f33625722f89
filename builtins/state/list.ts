import * as z from 'zod';
import { defineBuiltin, MAX_RESOURCE_PAGE, ResourceName } from 'corex/builtin';
import { given } from '../given.ts';
import { offered } from '../offered.ts';
import { exampleResource, KIND, kindOf, QUERY } from './arguments.ts';

const DEFAULT_LIMIT = 1000;

const Arguments = z.strictObject({
  ...KIND,
  ...QUERY,
  limit: z
    .int()
    .min(1)
    .max(MAX_RESOURCE_PAGE)
    .nullish()
    .describe('At most this many; fewer when they are large. Default 1000.'),
  after: ResourceName.nullish().describe('Begin behind this id: `next` of the page before.'),
});

export const stateList = defineBuiltin({
  name: 'state.list',
  summary: 'Resources of a type by id, a page at a time; `next` is there when there are more.',
  arguments: Arguments,
  errors: ['bad-request', 'not-able'],
  example: {
    arguments: { type: 'disks', labels: [[{ key: 'bus', operation: 'equal', values: ['nvme'] }]] },
    data: { resources: [exampleResource(1, 500)] },
  },
  run: (args, context) => {
    const { labels, id_match: idMatch, limit = DEFAULT_LIMIT, after } = given(args);
    return offered(context.agent.resources, context).list(kindOf(args), { labels, idMatch, limit, after });
  },
});
