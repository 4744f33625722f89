import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { given } from '../given.ts';
import { offered } from '../offered.ts';
import { NameText, PlatformText } from './arguments.ts';
import { exampleImage } from './example-image.ts';
import { imageWatch } from './watch.ts';

const Arguments = z.strictObject({
  source: z
    .string()
    .min(1)
    .max(4352)
    .regex(
      /^(oci|oci-archive|docker-archive|tar|directory):/,
      'it must begin with "oci:", "oci-archive:", "docker-archive:", "tar:" or "directory:"',
    )
    .describe(
      '`oci:/path` a directory in the layout of OCI, `oci-archive:/path` a tar archive of one, `docker-archive:/path` what `docker save` writes, `tar:/path` a tar archive of a root, `directory:/path` a directory that is a root.',
    ),
  reference: z.string().min(1).max(1024).nullish().describe('Which one of several images in a file is meant.'),
  name: NameText,
  platform: PlatformText,
});

export const imageImport = defineBuiltin({
  name: 'image.import',
  summary: 'Makes an image of files of the agent’s machine: checks, copies and unpacks them.',
  durable: true,
  arguments: Arguments,
  errors: ['forbidden', 'no-such-file', 'unknown-image', 'bad-image', 'no-space'],
  example: {
    arguments: { source: 'tar:/srv/roots/base.tar.gz', name: 'base' },
    data: { ...exampleImage, names: ['docker.io/library/base:latest'], source: 'tar:/srv/roots/base.tar.gz' },
  },
  run: async ({ source, ...rest }, context) =>
    await offered(context.agent.images, context).add({ source, ...given(rest) }, imageWatch(context)),
});
