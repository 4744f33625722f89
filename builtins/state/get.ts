import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { exampleResource, POINTER, pointerOf } from './arguments.ts';

export const stateGet = defineBuiltin({
  name: 'state.get',
  summary: 'One resource.',
  arguments: z.strictObject(POINTER),
  errors: ['not-found', 'bad-request', 'not-able'],
  example: { arguments: { type: 'disks', id: 'sda' }, data: exampleResource(1, 500) },
  run: (args, context) => offered(context.agent.resources, context).get(pointerOf(args)),
});
