import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { FileMode, FilePath, modeBits } from './arguments.ts';

const USUAL_PERMISSIONS = 0o755;

export const filesystemMkdir = defineBuiltin({
  name: 'filesystem.mkdir',
  summary: 'Makes a directory and those above it that are missing; one that is there is no trouble.',
  arguments: z.strictObject({
    path: FilePath.describe('Absolute path.'),
    mode: FileMode.nullish().describe('Mode of directories that are made, less the agent’s umask. Default 0755.'),
  }),
  errors: ['bad-path', 'file-exists', 'forbidden', 'no-space'],
  example: { arguments: { path: '/srv/data/2026/01' }, data: null },
  run: async ({ path, mode }, context) => {
    await offered(context.agent.files, context).tree.mkdir(path, modeBits(mode ?? USUAL_PERMISSIONS));
  },
});
