import * as z from 'zod';
import { AgentError, defineBuiltin } from 'corex/builtin';
import { given } from '../given.ts';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, HandleRef } from './arguments.ts';

export const containerWriteArchive = defineBuiltin({
  name: 'container.write_archive',
  summary:
    'Unpacks a tar archive in the container: with the commit if it runs, else before its next main process begins.',
  arguments: z.strictObject({
    handle: HandleRef,
    path: z
      .string()
      .min(1)
      .describe('A directory, absolute, in the container; made if it is missing. The entries go into it.'),
    name: z
      .string()
      .min(1)
      .nullish()
      .describe('Where `path` is no directory, the entry of this name becomes `path` itself.'),
    data: z.base64().nullish().describe('Bytes of the archive as base64; more of them by further calls with `append`.'),
    append: z
      .boolean()
      .nullish()
      .describe('These bytes go behind those of the newest archive for the path. Default: no.'),
    cancel: z.boolean().nullish().describe('Forget the newest archive for the path instead.'),
  }),
  errors: ['unknown-handle', 'bad-path', 'bad-arguments', 'too-many', 'no-space', 'not-able'],
  example: {
    arguments: { handle: EXAMPLE_HANDLE, path: '/srv/site', data: 'aGVsbG8K', append: true },
    data: { handle: EXAMPLE_HANDLE },
  },
  run: async ({ handle, path, data, cancel, ...options }, context) => {
    const containers = offered(context.agent.containers, context);
    if (cancel === true) return { handle: await containers.dropArchive(handle, path) };
    if (typeof data !== 'string') {
      throw new AgentError('bad-arguments', `Cannot unpack an archive in "${path}": its "data" is missing`);
    }
    const bytes = Buffer.from(data, 'base64');
    return { handle: await containers.writeArchive(handle, { path, data: bytes, ...given(options) }) };
  },
});
