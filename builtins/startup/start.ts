import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EntryArguments, EXAMPLE_ENTRY } from './example-entry.ts';

export const startupStart = defineBuiltin({
  name: 'startup.start',
  summary: 'Lets an entry start that is stopped, failed or done; a scheduled one runs now.',
  arguments: EntryArguments,
  errors: ['unknown-entry', 'not-able'],
  example: { arguments: { id: 'web' }, data: { ...EXAMPLE_ENTRY, state: 'starting', why: 'its job is asked for' } },
  run: ({ id }, context) => offered(context.agent.startup, context).start(id),
});
