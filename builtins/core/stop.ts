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

/** Ids beyond this many are only counted: an answer has its limits. */
const MOST_IDS = 1000;

export const coreStop = defineBuiltin({
  name: 'core.stop',
  summary: 'Begins an ordered stop of the agent and answers at once: the jobs that go on without it.',
  arguments: Arguments,
  example: { arguments: { deadline: 30 }, data: { left: ['nightly-backup'], count: 1 } },
  run: ({ drain, deadline }, { agent }) => {
    const left = agent.stop({ drain: drain ?? false, ...(deadline ? { deadlineMs: deadline * 1000 } : {}) });
    return { left: left.slice(0, MOST_IDS), count: left.length };
  },
});
