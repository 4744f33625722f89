import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';

export const startupReload = defineBuiltin({
  name: 'startup.reload',
  summary: 'Reads the configuration again: entries that are new start, that are gone stop, that changed start anew.',
  errors: ['not-able', 'bad-arguments'],
  example: { data: { added: ['cache'], removed: ['old'], changed: ['web'], revived: [], unchanged: 7 } },
  run: (_args, context) => offered(context.agent.startup, context).reload(),
});
