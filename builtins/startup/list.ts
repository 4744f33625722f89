import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { EXAMPLE_ENTRY } from './example-entry.ts';

export const startupList = defineBuiltin({
  name: 'startup.list',
  summary: 'What is started with the agent: where each entry stands and why, the milestones, what is wrong.',
  errors: ['not-able'],
  example: {
    data: {
      milestones: [
        { name: 'init', reached: 1_700_000_000_000 },
        { name: 'net', reached: 1_700_000_000_000 },
        { name: 'boot' },
      ],
      entries: [
        { ...EXAMPLE_ENTRY, id: 'db', state: 'starting', why: 'it is to answer', after: ['boot'], command: 'postgres' },
        {
          id: 'web',
          state: 'waiting',
          waiting: ['db'],
          after: ['db'],
          stage: 'boot',
          command: 'core.system',
          since: 1_700_000_000_000,
          source: '/etc/corex/corex.toml',
          from: 'file',
        },
      ],
      problems: [
        {
          source: '/etc/corex/startup.d/extra.toml',
          message: '"startup.web" is not used: it stands in "/etc/corex/corex.toml" already',
        },
      ],
    },
  },
  run: (_args, context) => offered(context.agent.startup, context).list(),
});
