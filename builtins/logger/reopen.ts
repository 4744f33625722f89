import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';

export const loggerReopen = defineBuiltin({
  name: 'logger.reopen',
  summary:
    'Lets the agent log on in whatever file has the log’s path now: to be called once the old one was moved away.',
  errors: ['not-able'],
  example: { data: null },
  run: (_args, context) => {
    offered(context.agent.log, context).reopen();
  },
});
