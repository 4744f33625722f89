import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { FilePath } from './arguments.ts';
import { treeWatch } from './watch.ts';

export const filesystemRemove = defineBuiltin({
  name: 'filesystem.remove',
  summary:
    'Removes a file, or a directory with all in it, never what a link leads to; answers how many entries. What is not there is no trouble.',
  arguments: z.strictObject({ path: FilePath.describe('Absolute path. Neither `/` nor a root is removed.') }),
  errors: ['bad-path', 'forbidden', 'failed'],
  example: { arguments: { path: '/srv/data/old' }, data: { entries: 12 } },
  run: async ({ path }, context) => ({
    entries: await offered(context.agent.files, context).tree.remove(path, treeWatch(context)),
  }),
});
