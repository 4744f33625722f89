import * as z from 'zod';
import { defineBuiltin, FILE_BLOCK_BYTES } from 'corex/builtin';
import { offered } from '../offered.ts';
import { ContainerRef } from './arguments.ts';

export const containerCopyFrom = defineBuiltin({
  name: 'container.copy_from',
  summary: 'A part of a file of a running container, as base64, and how long the file is.',
  arguments: z.strictObject({
    container: ContainerRef,
    path: z.string().min(1).describe('Absolute, in the container.'),
    offset: z.int().min(0).nullish().describe('Begin here. Default: 0.'),
    length: z.int().min(1).max(FILE_BLOCK_BYTES).nullish().describe('At most this many bytes. Default: 512 KiB.'),
  }),
  errors: ['unknown-container', 'not-running', 'no-such-file', 'bad-path', 'not-able'],
  example: {
    arguments: { container: 'web', path: '/etc/hostname' },
    data: { size: 4, mode: 420, data: 'd2ViCg==' },
  },
  run: async ({ container, path, offset, length }, context) => {
    const containers = offered(context.agent.containers, context);
    const part = { offset: offset ?? 0, length: length ?? FILE_BLOCK_BYTES };
    const { size, mode, data } = await containers.copyFrom(container, path, part);
    return { size, mode, data: Buffer.from(data).toString('base64') };
  },
});
