import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { FilePath } from './arguments.ts';

export const filesystemExists = defineBuiltin({
  name: 'filesystem.exists',
  summary: 'Tells whether something is at a path; a link that leads nowhere is nothing.',
  arguments: z.strictObject({ path: FilePath.describe('Absolute path.') }),
  errors: ['bad-path', 'forbidden'],
  example: { arguments: { path: '/srv/data' }, data: true },
  run: ({ path }, context) => offered(context.agent.files, context).tree.exists(path),
});
