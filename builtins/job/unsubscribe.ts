import * as z from 'zod';
import { AgentError, defineBuiltin } from 'corex/builtin';
import { requireSession } from '../session.ts';

const Arguments = z.strictObject({ handle: z.int().min(1).describe('As `job.subscribe` answered it.') });

export const jobUnsubscribe = defineBuiltin({
  name: 'job.unsubscribe',
  summary: 'Ends a subscription of this connection.',
  arguments: Arguments,
  errors: ['unknown-handle', 'not-able'],
  example: { arguments: { handle: 3 }, data: true },
  run: ({ handle }, context) => {
    if (requireSession(context).unsubscribe(handle)) return true;
    throw new AgentError('unknown-handle', `Cannot unsubscribe: this connection has no handle "${handle}"`);
  },
});
