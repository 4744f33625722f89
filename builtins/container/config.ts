import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { ContainerRef } from './arguments.ts';
import { EXAMPLE_CONFIG } from './examples.ts';

export const containerConfig = defineBuiltin({
  name: 'container.config',
  summary: 'The configuration of a container and of its main process.',
  arguments: z.strictObject({ container: ContainerRef }),
  errors: ['unknown-container', 'not-able'],
  example: { arguments: { container: 'web' }, data: EXAMPLE_CONFIG },
  run: ({ container }, context) => offered(context.agent.containers, context).config(container),
});
