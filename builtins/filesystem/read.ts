import * as z from 'zod';
import { defineBuiltin, FILE_BLOCK_BYTES } from 'corex/builtin';
import { offered } from '../offered.ts';
import { Handle, Offset } from './handle.ts';

export const filesystemRead = defineBuiltin({
  name: 'filesystem.read',
  summary: 'Reads the next bytes of an open file, as base64; an empty text at its end.',
  arguments: z.strictObject({
    fd: Handle,
    size: z.int().min(1).max(FILE_BLOCK_BYTES).nullish().describe('At most this many bytes. Default 512 KiB.'),
    offset: Offset.describe('Read from here. None: from where the last one without it ended.'),
  }),
  errors: ['unknown-handle', 'bad-arguments'],
  example: { arguments: { fd: '3b7fa2b0-6f5e-4c86-9a53-2f2f2a1f6c11', size: 5 }, data: 'aGVsbG8=' },
  run: async ({ fd, size, offset }, context) => {
    const { handles } = offered(context.agent.files, context);
    const bytes = await handles.read(fd, size ?? FILE_BLOCK_BYTES, offset ?? undefined);
    return Buffer.from(bytes).toString('base64');
  },
});
