import * as z from 'zod';
import { AgentError, defineBuiltin } from 'corex/builtin';
import { requireSession } from '../session.ts';

const Arguments = z.strictObject({ handle: z.int().min(1).describe('As `logger.subscribe` answered it.') });

export const loggerUnsubscribe = defineBuiltin({
  name: 'logger.unsubscribe',
  summary: 'Ends a subscription of this connection to logs.',
  arguments: Arguments,
  errors: ['unknown-handle', 'not-able'],
  example: { arguments: { handle: 4 }, data: true },
  run: ({ handle }, context) => {
    if (requireSession(context).unsubscribe(handle)) return true;
    throw new AgentError('unknown-handle', `Cannot unsubscribe: this connection has no handle "${handle}"`);
  },
});
