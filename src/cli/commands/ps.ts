import type { Client } from '../../client/client.ts';
import type { JobInfo } from '../../protocol/job-info.ts';
import { defineCommand } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { chooseStates, JOB_FILTER_STATES, type ChosenStates } from '../job-filter.ts';
import { jobColumns } from '../job-table.ts';
import { listLiveJobs } from '../list-live-jobs.ts';
import { tableLines } from '../table.ts';
import { withAgent } from '../with-agent.ts';

const DEFAULT_HISTORY = 20;

export const ps = defineCommand({
  usage: ['ps [options]'],
  details: [
    'Without options: every job that has not ended. TIME is how long the present or last run takes, AGE the time since the command came. A table on a terminal fits its width; elsewhere every value stands in full.',
  ],
  options: {
    all: { type: 'flag', short: 'a', summary: 'ended jobs, too' },
    limit: {
      type: 'integer',
      short: 'n',
      value: 'N',
      min: 1,
      max: 1000,
      summary: `at most the last N ended jobs, ${DEFAULT_HISTORY} unless said; implies --all`,
    },
    state: {
      type: 'text',
      short: 's',
      value: 'STATE',
      choices: JOB_FILTER_STATES,
      multiple: true,
      summary: 'only jobs in this state',
    },
    tag: { type: 'text', value: 'TAG', multiple: true, summary: 'only jobs with all these tags' },
    queue: { type: 'text', short: 'q', value: 'NAME', summary: 'only jobs of this queue' },
    ...AGENT_OPTIONS,
  },
  examples: [
    { line: 'corex ps', does: 'What runs and what waits.' },
    { line: 'corex ps -a --tag nightly', does: 'The last jobs with a tag, ended ones too.' },
    { line: 'corex ps -s error -s timeout -n 100', does: 'The last hundred that went wrong.' },
    { line: 'corex ps --json | jq -r .jobs[].id', does: 'Ids, for programs.' },
  ],
  run: async ({ options, cli }) => {
    const { output } = cli;
    const states = chooseStates(options.state, options.all || options.limit !== undefined);
    const jobs = await withAgent(options, cli, (client) => listJobs(client, states, options));
    if (options.json) {
      await output.json({ jobs });
    } else if (jobs.length === 0 && output.stdout.isTerminal) {
      await output.note(
        states.settled === undefined ? 'No job is live. "corex ps -a" shows ended ones.' : 'No such job.',
      );
    } else {
      const lines = await tableLines(jobColumns(Date.now()), jobs, output.stdout);
      await output.line(lines.join('\n'));
    }
    return EXIT_OK;
  },
});

interface Filter {
  readonly tag: readonly string[];
  readonly queue: string | undefined;
  readonly limit: number | undefined;
}

/** In order of time: ended jobs first, then live ones in order of acceptance. */
async function listJobs(
  client: Client,
  states: ChosenStates,
  { tag, queue, limit = DEFAULT_HISTORY }: Filter,
): Promise<JobInfo[]> {
  const filter = { ...(tag.length === 0 ? {} : { tags: tag }), ...(queue === undefined ? {} : { queue }) };
  const [live, history] = await Promise.all([
    states.live === undefined
      ? []
      : listLiveJobs(client, { ...filter, ...(states.live === 'all' ? {} : { states: states.live }) }),
    states.settled === undefined
      ? undefined
      : client.jobs.history({ ...filter, limit, ...(states.settled === 'all' ? {} : { states: states.settled }) }),
  ]);
  return [...(history?.jobs.toReversed() ?? []), ...live];
}
