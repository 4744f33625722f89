import type { Client } from '../../client/client.ts';
import { errorMessage } from '../../protocol/agent-error.ts';
import { isAgentError } from '../../protocol/agent-error.ts';
import type { JobResult } from '../../protocol/result.ts';
import { defineCommand } from '../cli-command.ts';
import { CliError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { formatDuration } from '../durations.ts';
import { EXIT_OK, EXIT_TIMEOUT, exitCodeOfResult } from '../exit-codes.ts';
import { describeEnd } from '../job-notes.ts';
import { withAgent } from '../with-agent.ts';

export const wait = defineCommand({
  usage: ['wait [options] ID…'],
  details: [
    'Waits until all of them have ended. With one id it exits as that job did; with several with 0 when all succeeded, else as the first of them that did not. 124 when the wait itself takes too long.',
  ],
  options: {
    timeout: { type: 'duration', short: 't', value: 'TIME', summary: 'give up after this time; the jobs go on' },
    ...AGENT_OPTIONS,
  },
  words: { min: 1, max: Number.POSITIVE_INFINITY },
  examples: [
    { line: 'corex wait backup && echo done', does: 'Go on when it has succeeded.' },
    { line: 'corex wait --timeout 10m --json a b', does: 'The results of both, or exit code 124.' },
  ],
  run: async ({ options, words, cli }) => {
    const { output } = cli;
    const results = await withAgent(options, cli, (client) => waitFor(client, words, options.timeout));
    if (options.json) await output.json({ results });
    else
      for (const result of results)
        await output.line(`${result.id}  ${describeEnd(result)}  ${formatDuration(result.time)}`);
    return results.map(exitCodeOfResult).find((code) => code !== EXIT_OK) ?? EXIT_OK;
  },
});

async function waitFor(client: Client, ids: readonly string[], timeout: number | undefined): Promise<JobResult[]> {
  const limit = timeout === undefined ? {} : { timeout };
  try {
    return await Promise.all(
      ids.map(async (id) => (await client.call('job.wait', { id, ...limit }, { idempotent: true })) as JobResult),
    );
  } catch (error) {
    if (!isAgentError(error) || error.code !== 'timeout') throw error;
    throw new CliError(errorMessage(error), { exitCode: EXIT_TIMEOUT, cause: error });
  }
}
