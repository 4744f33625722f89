import { defineCommand } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { forEachJob } from '../for-each-job.ts';
import { withAgent } from '../with-agent.ts';

export const cancel = defineCommand({
  usage: ['cancel [options] ID…'],
  details: [
    'Ends jobs that wait: in a queue, for a restart, or for their next time. A job that runs is left alone and told about; `corex kill` stops those.',
  ],
  options: AGENT_OPTIONS,
  words: { min: 1, max: Number.POSITIVE_INFINITY },
  examples: [{ line: 'corex cancel backup', does: 'Take it back, if it has not begun.' }],
  run: ({ options, words, cli }) =>
    withAgent(options, cli, (client) =>
      forEachJob(words, cli, { json: options.json, member: 'cancelled' }, (id) => client.jobs.cancel(id)),
    ),
});
