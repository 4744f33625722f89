import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { given } from '../given.ts';
import { offered } from '../offered.ts';
import { EXAMPLE_HANDLE, HandleRef } from './arguments.ts';

export const containerCopyTo = defineBuiltin({
  name: 'container.copy_to',
  summary: 'Puts a file into the container: with the commit if it runs, else before its next main process begins.',
  arguments: z.strictObject({
    handle: HandleRef,
    path: z.string().min(1).describe('Absolute, in the container. Directories above it are made.'),
    data: z.base64().describe('Its bytes as base64; more of them by further calls with `append`.'),
    mode: z.int().nullish().describe('Mode bits, 0 to 511 (0o777). Default: 420 (0o644).'),
    append: z.boolean().nullish().describe('These bytes go behind those the handle has for the path. Default: no.'),
  }),
  errors: ['unknown-handle', 'bad-path', 'bad-arguments', 'too-many', 'not-able'],
  example: {
    arguments: { handle: EXAMPLE_HANDLE, path: '/etc/motd', data: 'aGVsbG8K' },
    data: { handle: EXAMPLE_HANDLE },
  },
  run: ({ handle, path, data, ...options }, context) => ({
    handle: offered(context.agent.containers, context).copyTo(handle, {
      path,
      data: Buffer.from(data, 'base64'),
      ...given(options),
    }),
  }),
});
