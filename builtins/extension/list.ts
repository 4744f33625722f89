import { defineBuiltin } from 'corex/builtin';
import { extensionsOf } from './access.ts';

export const extensionList = defineBuiltin({
  name: 'extension.list',
  summary: 'Every extension and plugin: loaded, or failed and why, and where it is from.',
  errors: ['not-able'],
  example: {
    data: [
      {
        name: 'git.clone',
        sort: 'extension',
        state: 'loaded',
        source: '/usr/lib/node_modules/corex/extensions/git.clone.toml',
        summary: 'Clones a Git repository into a directory.',
        commands: ['git.clone'],
        warnings: [],
      },
      {
        name: 'deploy',
        sort: 'extension',
        state: 'failed',
        source: '/etc/corex/extensions/deploy.toml',
        commands: [],
        reason: 'Cannot use the extension "deploy": "{taget}" names no parameter, did you mean "target"?',
        warnings: [],
      },
    ],
  },
  run: (_args, { agent }) => extensionsOf(agent).list(),
});
