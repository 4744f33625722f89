import * as z from 'zod';
import { ContainerState, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_INFO } from './examples.ts';

export const containerList = defineBuiltin({
  name: 'container.list',
  summary: 'All containers in order of creation, or those in a state.',
  arguments: z.strictObject({ state: ContainerState.nullish().describe('Only those in this state.') }),
  errors: ['not-able'],
  example: { arguments: { state: 'running' }, data: [EXAMPLE_INFO] },
  run: ({ state }, context) => offered(context.agent.containers, context).list(state ?? undefined),
});
