import * as z from 'zod';
import { ContainerState, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { ContainerRef } from './arguments.ts';
import { EXAMPLE_STATUS } from './examples.ts';

/** Longest timeout in seconds: a system timer holds no more than 24 days. */
const LONGEST_TIMEOUT = 2_000_000;

export const containerWait = defineBuiltin({
  name: 'container.wait',
  summary: 'The state of a container as soon as it is the one that is waited for, at once if it is.',
  arguments: z.strictObject({
    container: ContainerRef,
    state: ContainerState.describe('What is waited for.'),
    timeout: z.number().min(0).max(LONGEST_TIMEOUT).nullish().describe('Seconds to wait at most. None: until then.'),
  }),
  errors: ['unknown-container', 'timeout', 'cancelled', 'not-able'],
  example: { arguments: { container: 'web', state: 'running', timeout: 10 }, data: EXAMPLE_STATUS },
  run: ({ container, state, timeout }, context) =>
    offered(context.agent.containers, context).wait(container, state, {
      signal: context.signal,
      ...(typeof timeout === 'number' && { timeoutMs: timeout * 1000 }),
    }),
});
