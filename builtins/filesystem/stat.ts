import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { FilePath } from './arguments.ts';

export const filesystemStat = defineBuiltin({
  name: 'filesystem.stat',
  summary:
    'Tells type, size, mode, owner and times of a file, and where a link leads. Times are milliseconds since 1970.',
  arguments: z.strictObject({
    path: FilePath.describe('Absolute path.'),
    follow: z.boolean().nullish().describe('Of what a link leads to instead of the link. Default false.'),
  }),
  errors: ['bad-path', 'no-such-file', 'forbidden'],
  example: {
    arguments: { path: '/srv/data/notes.txt' },
    data: {
      path: '/srv/data/notes.txt',
      type: 'file',
      size: 5,
      mode: 420,
      is_dir: false,
      uid: 1000,
      gid: 1000,
      user: 'ann',
      group: 'ann',
      accessed: 1767225600000,
      modified: 1767225600000,
      changed: 1767225600000,
      links: 1,
    },
  },
  run: ({ path, follow }, context) => offered(context.agent.files, context).tree.stat(path, follow ?? false),
});
