import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { FilePath } from './arguments.ts';

export const filesystemMove = defineBuiltin({
  name: 'filesystem.move',
  summary: 'Renames a file or directory within one file system; a file at the destination is replaced.',
  arguments: z.strictObject({
    path: FilePath.describe('Absolute path of what is moved.'),
    destination: FilePath.describe('Absolute path it has afterwards, its name included.'),
  }),
  errors: ['bad-path', 'no-such-file', 'file-exists', 'forbidden', 'not-able'],
  example: { arguments: { path: '/srv/data/new.txt', destination: '/srv/data/notes.txt' }, data: null },
  run: async ({ path, destination }, context) => {
    await offered(context.agent.files, context).tree.move(path, destination);
  },
});
