import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';

export const coreUnprivilege = defineBuiltin({
  name: 'core.unprivilege',
  summary: 'Keeps every job that starts from now on from having more than few rights. There is no way back.',
  errors: ['not-able', 'store-unavailable'],
  example: { data: { unprivileged: true } },
  run: async (_args, context) => {
    await offered(context.agent.privileges, context).drop();
    return { unprivileged: true };
  },
});
