import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { FileMode, FilePath, modeBits } from './arguments.ts';

const USUAL_PERMISSIONS = 0o644;

export const filesystemOpen = defineBuiltin({
  name: 'filesystem.open',
  summary: 'Opens a regular file and answers a handle for it, which expires when it is not used.',
  arguments: z.strictObject({
    file: FilePath.describe('Absolute path.'),
    mode: z
      .string()
      .max(8)
      .nullish()
      .describe(
        '`r` reads; `w` writes anew; `a` appends; `x` makes a file that must not be there; `+` after it does both. Default `r`.',
      ),
    perm: FileMode.nullish().describe(
      'Mode of a file that is made, less the agent’s umask: a number (420) or octal text ("0644"). Default 0644.',
    ),
  }),
  errors: ['bad-arguments', 'bad-path', 'no-such-file', 'file-exists', 'forbidden', 'too-many', 'no-space'],
  example: {
    arguments: { file: '/srv/data/notes.txt', mode: 'r' },
    data: '3b7fa2b0-6f5e-4c86-9a53-2f2f2a1f6c11',
  },
  run: ({ file, mode, perm }, context) =>
    offered(context.agent.files, context).handles.open(
      file,
      mode ?? 'r',
      modeBits(perm ?? USUAL_PERMISSIONS),
      context.session?.connection,
    ),
});
