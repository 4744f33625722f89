import { defineCommand } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { showImages } from '../images/show-images.ts';
import { withAgent } from '../with-agent.ts';

export const images = defineCommand({
  usage: ['images [options]'],
  details: [
    'The images of containers, the newest first, and the containers that stand on them. `corex image` does more.',
  ],
  options: AGENT_OPTIONS,
  examples: [
    { line: 'corex images', does: 'Every image that is here.' },
    { line: 'corex images --json | jq -r .images[].digest', does: 'For programs.' },
  ],
  run: async ({ options, cli }) => {
    await withAgent(options, cli, (client) => showImages(client, options.json, cli));
    return EXIT_OK;
  },
});
