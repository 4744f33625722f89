import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { exampleImage } from './example-image.ts';

export const imageList = defineBuiltin({
  name: 'image.list',
  summary: 'Every image that is here, the newest first, and who stands on it.',
  example: { data: [exampleImage] },
  run: async (_args, context) => await offered(context.agent.images, context).list(),
});
