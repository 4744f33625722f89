import { defineBuiltin } from 'corex/builtin';
import { extensionsOf } from './access.ts';

export const extensionReload = defineBuiltin({
  name: 'extension.reload',
  summary: 'Reads all manifests again and takes over what changed; jobs that run are not touched.',
  errors: ['not-able'],
  example: { data: { added: ['git.clone'], changed: ['bash'], removed: [], failed: ['deploy'] } },
  run: (_args, { agent }) => extensionsOf(agent).reload(),
});
