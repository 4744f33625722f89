import { defineBuiltin } from 'corex/builtin';

export const corePing = defineBuiltin({
  name: 'core.ping',
  summary: 'Answers at once with a text that begins with PONG.',
  example: { data: 'PONG Version: 0.1.0' },
  run: (_args, { agent }) => `PONG Version: ${agent.version}`,
});
