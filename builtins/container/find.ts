import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_INFO } from './examples.ts';

export const containerFind = defineBuiltin({
  name: 'container.find',
  summary: 'The containers that have all of these tags.',
  arguments: z.strictObject({ tags: z.array(z.string()).min(1).max(64).describe('All of which it has.') }),
  errors: ['not-able'],
  example: { arguments: { tags: ['shop'] }, data: [EXAMPLE_INFO] },
  run: ({ tags }, context) => offered(context.agent.containers, context).find(tags),
});
