import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { ContainerRef } from './arguments.ts';

export const containerReadArchive = defineBuiltin({
  name: 'container.read_archive',
  summary: 'A part of a tar archive of what is in a running container, as base64; made while it is read.',
  arguments: z.strictObject({
    container: ContainerRef,
    path: z.string().min(1).describe('A file, or a directory with all in it. Absolute, in the container.'),
    contents: z.boolean().nullish().describe('Of what is in the directory, without itself. Default: no.'),
    stream: z
      .string()
      .min(1)
      .nullish()
      .describe('What the first answer said, for further parts. An archive that nobody reads for a minute is closed.'),
    offset: z
      .int()
      .min(0)
      .nullish()
      .describe('With `stream`: where the part begins, which is the next one, or the last one again.'),
  }),
  errors: [
    'unknown-container',
    'not-running',
    'no-such-file',
    'bad-path',
    'file-changed',
    'unknown-handle',
    'bad-arguments',
    'too-many',
    'not-able',
  ],
  example: {
    arguments: { container: 'web', path: '/etc/motd' },
    data: { stream: '9f86d081884c7d659a2feaa0c55ad015', offset: 0, data: 'bW90ZAAA', end: false },
  },
  run: async ({ container, path, contents, stream, offset }, context) => {
    const containers = offered(context.agent.containers, context);
    const part =
      typeof stream === 'string'
        ? await containers.nextOfArchive(stream, offset ?? 0)
        : await containers.readArchive(container, path, { contents: contents ?? false });
    return { ...part, data: Buffer.from(part.data).toString('base64') };
  },
});
