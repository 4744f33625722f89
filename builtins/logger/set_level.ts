import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';

const Arguments = z.strictObject({
  level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).describe('The least that is logged from now on.'),
  duration: z
    .number()
    .min(0.001)
    .max(2_000_000)
    .nullish()
    .describe('Seconds after which it is as before. None: until the agent ends or it is set again.'),
});

export const loggerSetLevel = defineBuiltin({
  name: 'logger.set_level',
  summary: 'Changes at once how much the agent logs of itself, for good or for a time.',
  arguments: Arguments,
  errors: ['not-able'],
  example: { arguments: { level: 'debug', duration: 300 }, data: { level: 'debug', before: 'info' } },
  run: ({ level, duration }, context) => {
    const log = offered(context.agent.log, context);
    const before = log.level;
    if (duration === null || duration === undefined) log.setLevel(level);
    else log.setLevel(level, duration * 1000);
    return { level, before };
  },
});
