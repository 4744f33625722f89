import { defineCommand } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { inspectLines, type InspectedContainer } from '../containers/inspect-lines.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { withAgent } from '../with-agent.ts';

export const inspect = defineCommand({
  usage: ['inspect CONTAINER [options]'],
  details: ['CONTAINER is its name or its id. The main process comes first; --json tells all, in the agent’s words.'],
  options: AGENT_OPTIONS,
  words: { min: 1, max: 1 },
  examples: [
    { line: 'corex inspect web', does: 'Configuration, state, processes, and what happened to it.' },
    { line: 'corex inspect --json web | jq .state.main.pid', does: 'For programs.' },
  ],
  run: async ({ options, words: [container = ''], cli }) => {
    const all = await withAgent(options, cli, (client) => client.call('container.inspect', { container }));
    if (options.json) await cli.output.json(all);
    else {
      const { stdout } = cli.output;
      await cli.output.line((await inspectLines(all as InspectedContainer, stdout, Date.now())).join('\n'));
    }
    return EXIT_OK;
  },
});
