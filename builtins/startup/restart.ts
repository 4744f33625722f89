import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EntryArguments, EXAMPLE_ENTRY } from './example-entry.ts';

export const startupRestart = defineBuiltin({
  name: 'startup.restart',
  summary: 'Ends an entry and starts it anew, as soon as what it comes after is there.',
  arguments: EntryArguments,
  errors: ['unknown-entry', 'not-able', 'store-unavailable'],
  example: { arguments: { id: 'web' }, data: { ...EXAMPLE_ENTRY, state: 'starting', why: 'its job is asked for' } },
  run: ({ id }, context) => offered(context.agent.startup, context).restart(id),
});
