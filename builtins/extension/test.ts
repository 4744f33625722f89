import * as z from 'zod';
import { defineBuiltin, type Command } from 'corex/builtin';
import { extensionsOf } from './access.ts';

const Arguments = z.strictObject({
  command: z.string().min(1).max(256).describe('Command of an extension or a plugin.'),
  arguments: z.unknown().optional().describe('Arguments it would be given. Default: none.'),
});

export const extensionTest = defineBuiltin({
  name: 'extension.test',
  summary: 'What a command of an extension would run for these arguments, without running it.',
  arguments: Arguments,
  errors: ['unknown-command', 'not-able'],
  example: {
    arguments: { command: 'git.clone', arguments: { url: 'https://example.com/a.git', directory: '/srv/a' } },
    data: {
      command: 'core.system',
      arguments: { name: 'git', args: ['clone', '--', 'https://example.com/a.git', '/srv/a'] },
    },
  },
  run: ({ command, arguments: args }, { agent }) => extensionsOf(agent).resolve(command, args as Command['args']),
});
