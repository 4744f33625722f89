import type { JobResult } from '../../protocol/result.ts';
import { defineCommand } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { resultLines } from '../result-lines.ts';
import { withAgent } from '../with-agent.ts';

export const result = defineCommand({
  usage: ['result [options] ID'],
  details: ['Of a job that has ended; `corex wait` waits for one that has not. Exits with 0 however the job ended.'],
  options: {
    data: { type: 'flag', summary: 'only the data the job answered with, as it is' },
    ...AGENT_OPTIONS,
  },
  words: { min: 1, max: 1 },
  examples: [
    { line: 'corex result backup', does: 'How it ended, when, and what it left.' },
    { line: 'corex result --data report | jq .', does: 'What it answered: its last message of a result level.' },
    { line: 'corex result --json backup', does: 'The whole result, for programs.' },
  ],
  run: async ({ options, words: [id = ''], cli: { output, ...cli } }) => {
    const answer = (await withAgent(options, { output, ...cli }, (client) =>
      client.call('job.result', { id }, { idempotent: true }),
    )) as JobResult;
    if (options.json) await output.json(answer);
    else if (options.data) await output.line(answer.data);
    else await output.line(resultLines(answer, output.stdout.paint).join('\n'));
    return EXIT_OK;
  },
});
