import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { Block, blockBytes } from './arguments.ts';
import { Handle, Offset } from './handle.ts';

export const filesystemWrite = defineBuiltin({
  name: 'filesystem.write',
  summary: 'Writes bytes to an open file.',
  arguments: z.strictObject({
    fd: Handle,
    block: Block,
    offset: Offset.describe('Write here. None: where the last one without it ended; not for files opened to append.'),
  }),
  errors: ['unknown-handle', 'bad-arguments', 'no-space'],
  example: { arguments: { fd: '3b7fa2b0-6f5e-4c86-9a53-2f2f2a1f6c11', block: 'aGVsbG8=' }, data: null },
  run: async ({ fd, block, offset }, context) => {
    await offered(context.agent.files, context).handles.write(fd, blockBytes(block), offset ?? undefined);
  },
});
