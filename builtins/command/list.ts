import { defineBuiltin } from 'corex/builtin';

export const commandList = defineBuiltin({
  name: 'command.list',
  summary: 'Every command of this agent with the JSON Schema of its arguments.',
  example: {
    data: [{ name: 'core.ping', sort: 'call', summary: 'Answers at once …', arguments: { type: 'object' } }],
  },
  run: (_args, { agent }) => agent.commands(),
});
