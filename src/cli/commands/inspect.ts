import { answerLines } from '../answer-lines.ts';
import { defineCommand } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { withAgent } from '../with-agent.ts';

export const inspect = defineCommand({
  usage: ['inspect CONTAINER [options]'],
  details: ['CONTAINER is its name or its id.'],
  options: AGENT_OPTIONS,
  words: { min: 1, max: 1 },
  examples: [
    { line: 'corex inspect web', does: 'Configuration, state, processes, and what happened to it.' },
    { line: 'corex inspect --json web | jq .state.main.pid', does: 'For programs.' },
  ],
  run: async ({ options, words: [container = ''], cli }) => {
    const all = await withAgent(options, cli, (client) => client.call('container.inspect', { container }));
    if (options.json) await cli.output.json(all);
    else await cli.output.line((await answerLines(all, cli.output.stdout)).join('\n'));
    return EXIT_OK;
  },
});
