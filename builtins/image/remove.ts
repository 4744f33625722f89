import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { ImageText } from './arguments.ts';

export const imageRemove = defineBuiltin({
  name: 'image.remove',
  summary: 'Takes a name away; the image goes with its last name, with what only it needed. A digest means all names.',
  arguments: z.strictObject({ image: ImageText }),
  errors: ['unknown-image', 'image-in-use'],
  example: {
    arguments: { image: 'alpine:3.20' },
    data: {
      images: ['sha256:9a8b6af40d2c32c2e4ac52bdc1346ca518342e03c580ae925c016441a92807f1'],
      layers: 1,
      bytes: 11_400_000,
    },
  },
  run: async ({ image }, context) => await offered(context.agent.images, context).remove(image),
});
