import * as z from 'zod';
import { AgentError, defineBuiltin } from 'corex/builtin';
import { requireSession } from '../session.ts';

const Arguments = z.strictObject({ handle: z.int().min(1).describe('As `state.watch` answered it.') });

export const stateUnwatch = defineBuiltin({
  name: 'state.unwatch',
  summary: 'Ends a watch of this connection; nothing more comes of it.',
  arguments: Arguments,
  errors: ['unknown-handle', 'not-able'],
  example: { arguments: { handle: 5 }, data: true },
  run: ({ handle }, context) => {
    if (requireSession(context).unsubscribe(handle)) return true;
    throw new AgentError('unknown-handle', `Cannot unwatch: this connection has no handle "${handle}"`);
  },
});
