import { defineCommand } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { forEachJob } from '../for-each-job.ts';
import { withAgent } from '../with-agent.ts';

export const kill = defineCommand({
  usage: ['kill [options] ID…'],
  details: [
    'Stops each job for good: TERM, its grace, KILL; no restart, no recurrence. It returns when that is stored; `corex wait` waits for the end. Other signals than TERM and KILL are only sent, and the job’s policies stay.',
  ],
  options: {
    signal: { type: 'signal', short: 's', value: 'SIGNAL', summary: 'send this signal instead: TERM, SIGUSR1, 9' },
    ...AGENT_OPTIONS,
  },
  words: { min: 1, max: Number.POSITIVE_INFINITY },
  examples: [
    { line: 'corex kill backup', does: 'Stop it for good.' },
    { line: 'corex kill -s HUP web', does: 'Let it read its configuration again.' },
    { line: 'corex ps --tag nightly --json | jq -r .jobs[].id | xargs corex kill', does: 'Stop all with a tag.' },
  ],
  run: ({ options, words, cli }) =>
    withAgent(options, cli, (client) =>
      forEachJob(words, cli, { json: options.json, member: 'killed' }, (id) => client.job(id).kill(options.signal)),
    ),
});
