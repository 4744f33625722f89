import * as z from 'zod';
import { AgentError, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';

const Arguments = z.strictObject({
  key: z
    .string()
    .min(1)
    .max(512)
    .nullish()
    .describe('Only this key (`jobs.max`), or all of a section (`jobs`). Default: all.'),
});

export const configGet = defineBuiltin({
  name: 'config.get',
  summary: 'The configuration in effect, key by key, with who gave each: a file, a variable, a flag or the default.',
  arguments: Arguments,
  errors: ['not-able'],
  example: {
    arguments: { key: 'jobs' },
    data: {
      'jobs.max': { value: 100_000, from: 'default' },
      'jobs.running': { value: 500, from: '/etc/corex/corex.toml' },
    },
  },
  run: ({ key }, context) => {
    const settings = offered(context.agent.settings, context).list();
    if (key === null || key === undefined) return settings;
    const found = Object.entries(settings).filter(([name]) => name === key || name.startsWith(`${key}.`));
    if (found.length > 0) return Object.fromEntries(found);
    throw new AgentError('bad-arguments', `Cannot show "${key}": the configuration has no such key or section`);
  },
});
