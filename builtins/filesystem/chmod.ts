import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { FileMode, FilePath, modeBits, Recursive } from './arguments.ts';
import { treeWatch } from './watch.ts';

export const filesystemChmod = defineBuiltin({
  name: 'filesystem.chmod',
  summary: 'Changes the mode of a file, or of a directory and all below it; answers how many entries.',
  arguments: z.strictObject({
    path: FilePath.describe('Absolute path. A link at its end is followed.'),
    mode: FileMode.describe('A number (420) or octal text ("0644").'),
    recursive: Recursive,
  }),
  errors: ['bad-path', 'no-such-file', 'forbidden', 'failed'],
  example: { arguments: { path: '/srv/data', mode: '0750', recursive: true }, data: { entries: 12 } },
  run: async ({ path, mode, recursive }, context) => {
    const { tree } = offered(context.agent.files, context);
    return { entries: await tree.chmod(path, modeBits(mode), recursive ?? false, treeWatch(context)) };
  },
});
