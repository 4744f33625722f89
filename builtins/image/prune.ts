import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';

export const imagePrune = defineBuiltin({
  name: 'image.prune',
  summary: 'Removes images that have no name and that no container stands on, and layers that belong to no image.',
  arguments: z.strictObject({
    all: z.boolean().nullish().describe('Also images that have a name, if no container stands on them. Default false.'),
  }),
  errors: ['bad-image'],
  example: { data: { images: [], layers: 2, bytes: 48_000_000 } },
  run: async ({ all }, context) => await offered(context.agent.images, context).prune(all ?? false),
});
