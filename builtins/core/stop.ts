import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';

const Arguments = z.strictObject({
  drain: z
    .boolean()
    .nullish()
    .describe('End the running jobs first. Default false: they go on, and the next agent takes them over.'),
  deadline: z
    .number()
    .min(0)
    .max(2_000_000)
    .nullish()
    .describe('Seconds the stop may take before what is left is cut off. Default: as configured.'),
});

export const coreStop = defineBuiltin({
  name: 'core.stop',
  summary: 'Begins an ordered stop of the agent and answers at once.',
  arguments: Arguments,
  example: { arguments: { drain: true, deadline: 30 }, data: true },
  run: ({ drain, deadline }, { agent }) => {
    agent.stop({ drain: drain ?? false, ...(deadline ? { deadlineMs: deadline * 1000 } : {}) });
    return true;
  },
});
