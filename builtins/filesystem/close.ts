import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { Handle } from './handle.ts';

export const filesystemClose = defineBuiltin({
  name: 'filesystem.close',
  summary: 'Closes an open file; one that is not open is no trouble.',
  arguments: z.strictObject({ fd: Handle }),
  example: { arguments: { fd: '3b7fa2b0-6f5e-4c86-9a53-2f2f2a1f6c11' }, data: null },
  run: async ({ fd }, context) => {
    await offered(context.agent.files, context).handles.close(fd);
  },
});
