import * as z from 'zod';
import { defineBuiltin, FILE_BLOCK_BYTES } from 'corex/builtin';
import { offered } from '../offered.ts';
import { FilePath } from './arguments.ts';

export const filesystemDownload = defineBuiltin({
  name: 'filesystem.download',
  summary:
    'Answers a block of a file, as base64, with what shows that the file is still the same; at its end the SHA-256 of all of it.',
  arguments: z.strictObject({
    path: FilePath.describe('Absolute path of a regular file.'),
    offset: z.int().min(0).nullish().describe('Where the block begins. Default 0.'),
    size: z
      .int()
      .min(0)
      .max(FILE_BLOCK_BYTES)
      .nullish()
      .describe('Bytes of the block; less come only at the end. 0 tells about the file alone. Default 512 KiB.'),
    version: z
      .string()
      .min(1)
      .max(256)
      .nullish()
      .describe('What the answer before said. A file that is another one by now is refused.'),
  }),
  errors: ['bad-path', 'no-such-file', 'forbidden', 'file-changed'],
  example: {
    arguments: { path: '/srv/data/notes.txt' },
    data: {
      version: '1c-2f9-5-dbk0mcdb5o8w-dbk0mcdb5o8w',
      size: 5,
      mode: 420,
      modified: 1767225600000,
      offset: 0,
      block: 'aGVsbG8=',
      end: true,
      sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    },
  },
  run: ({ path, offset, size, version }, context) =>
    offered(context.agent.files, context).transfers.download({
      path,
      offset: offset ?? 0,
      size: size ?? FILE_BLOCK_BYTES,
      signal: context.signal,
      ...(typeof version === 'string' ? { version } : {}),
    }),
});
