import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { OWNER, POINTER, pointerOf } from './arguments.ts';

export const stateDestroy = defineBuiltin({
  name: 'state.destroy',
  summary: 'Destroys a resource that nobody has anything to do with any more.',
  arguments: z.strictObject({ ...POINTER, ...OWNER }),
  errors: ['not-found', 'pending-finalizers', 'owner-conflict', 'denied', 'bad-request', 'unavailable', 'not-able'],
  example: { arguments: { type: 'disks', id: 'sda' }, data: true },
  run: async (args, context) => {
    const writer = { owner: args.owner ?? undefined };
    await offered(context.agent.resources, context).destroy(pointerOf(args), writer);
    return true;
  },
});
