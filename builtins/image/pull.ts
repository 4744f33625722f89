import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { given } from '../given.ts';
import { offered } from '../offered.ts';
import { NameText, PlatformText } from './arguments.ts';
import { exampleImage } from './example-image.ts';
import { imageWatch } from './watch.ts';

const Arguments = z.strictObject({
  reference: z
    .string()
    .min(1)
    .max(1024)
    .describe('`alpine:3.20`, `ghcr.io/acme/tool@sha256:…`. Without a registry it is one of docker.io.'),
  name: NameText,
  platform: PlatformText,
});

export const imagePull = defineBuiltin({
  name: 'image.pull',
  summary: 'Fetches an image from a registry, checks and unpacks it. What is here already is not fetched again.',
  durable: true,
  arguments: Arguments,
  errors: ['forbidden', 'unknown-image', 'bad-image', 'unreachable', 'no-space', 'not-able'],
  example: { arguments: { reference: 'alpine:3.20' }, data: exampleImage },
  run: async ({ reference, ...rest }, context) => {
    const source = reference.startsWith('docker://') ? reference : `registry:${reference}`;
    return await offered(context.agent.images, context).add({ source, ...given(rest) }, imageWatch(context));
  },
});
