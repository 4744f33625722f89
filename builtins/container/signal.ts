import * as z from 'zod';
import { AgentError, defineBuiltin, parseSignal } from 'corex/builtin';
import { offered } from '../offered.ts';

export const containerSignal = defineBuiltin({
  name: 'container.signal',
  summary: 'Sends a signal to one process: by a container its main one, by the id of a process that one.',
  arguments: z.strictObject({
    target: z.string().min(1).max(128).describe('Id or name of a container, or id of a process.'),
    signal: z.union([z.string().min(1).max(32), z.int()]).describe('Name (`TERM`, `SIGTERM`) or number.'),
  }),
  errors: ['unknown-container', 'not-running', 'bad-arguments', 'not-able'],
  example: { arguments: { target: 'web', signal: 'HUP' }, data: true },
  run: async ({ target, signal }, context) => {
    const known = parseSignal(signal);
    if (known === undefined) {
      throw new AgentError(
        'bad-arguments',
        `Cannot signal "${target}": "signal" must be a signal's name or number, and is "${signal}"`,
      );
    }
    await offered(context.agent.containers, context).signal(target, known);
    return true;
  },
});
