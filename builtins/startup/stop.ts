import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EntryArguments, EXAMPLE_ENTRY } from './example-entry.ts';

const { pid: _pid, ...stopped } = EXAMPLE_ENTRY;

export const startupStop = defineBuiltin({
  name: 'startup.stop',
  summary: 'Ends an entry until it is started again, or the agent; answers when its job has ended.',
  arguments: EntryArguments,
  errors: ['unknown-entry', 'not-able', 'store-unavailable'],
  example: { arguments: { id: 'web' }, data: { ...stopped, state: 'stopped', why: 'a caller stopped it' } },
  run: ({ id }, context) => offered(context.agent.startup, context).stop(id),
});
