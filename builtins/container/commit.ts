import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, EXAMPLE_ID, HandleRef } from './arguments.ts';

export const containerCommit = defineBuiltin({
  name: 'container.commit',
  summary: 'Makes what the handle collected so, all or nothing, and answers when it is. Uses the handle up.',
  arguments: z.strictObject({ handle: HandleRef }),
  errors: [
    'unknown-handle',
    'unknown-container',
    'version-conflict',
    'already-exists',
    'bad-arguments',
    'unknown-image',
    'no-such-program',
    'not-executable',
    'bad-directory',
    'forbidden',
    'not-able',
    'cancelled',
  ],
  example: {
    arguments: { handle: EXAMPLE_HANDLE },
    data: { id: EXAMPLE_ID, version: 2, state: 'running', main: `${EXAMPLE_ID}.1` },
  },
  run: ({ handle }, context) => offered(context.agent.containers, context).commit(handle, context.signal),
});
