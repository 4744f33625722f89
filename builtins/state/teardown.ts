import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { OWNER, POINTER, pointerOf } from './arguments.ts';

export const stateTeardown = defineBuiltin({
  name: 'state.teardown',
  summary: 'Says that a resource is to go, and answers whether it may be destroyed now.',
  arguments: z.strictObject({ ...POINTER, ...OWNER }),
  errors: ['not-found', 'owner-conflict', 'denied', 'bad-request', 'unavailable', 'not-able'],
  example: { arguments: { type: 'disks', id: 'sda' }, data: { ready: false } },
  run: async (args, context) => {
    const writer = { owner: args.owner ?? undefined };
    const ready = await offered(context.agent.resources, context).teardown(pointerOf(args), writer);
    return { ready };
  },
});
