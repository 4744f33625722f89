import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { ImageText } from './arguments.ts';
import { exampleImage } from './example-image.ts';

export const imageInspect = defineBuiltin({
  name: 'image.inspect',
  summary: 'All that is known of an image: what its containers are started with, and its layers.',
  arguments: z.strictObject({ image: ImageText }),
  errors: ['unknown-image', 'bad-image'],
  example: {
    arguments: { image: 'alpine:3.20' },
    data: {
      ...exampleImage,
      config_digest: 'sha256:0cdfc25e9744438c6b5a95262a79ed82160e9cd31c43311945b335e27e7a41b5',
      defaults: {
        env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
        entrypoint: [],
        command: ['/bin/sh'],
        working_directory: '/',
        user: '',
        exposed_ports: [],
        volumes: [],
        labels: {},
      },
      layers: [
        {
          digest: 'sha256:4ec24a176d2dc23eaf62a619a33fce9798047317c40cddeacf580c5e08f45258',
          diff_id: 'sha256:27488bed4d65ebc1db6ea2fd18703684d19e8fe99a3f4291c06ca4d3a176cad1',
          bytes: 3_630_000,
        },
      ],
    },
  },
  run: async ({ image }, context) => await offered(context.agent.images, context).inspect(image),
});
