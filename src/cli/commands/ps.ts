import type { Client } from '../../client/client.ts';
import type { JobRow } from '../../protocol/job-info.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { chooseStates, JOB_FILTER_STATES, type ChosenStates } from '../job-filter.ts';
import {
  jobColumns,
  needsLook,
  readColumns,
  readSort,
  sortJobs,
  type JobColumnName,
  type JobSort,
} from '../job-table.ts';
import { listLiveJobs } from '../list-live-jobs.ts';
import { lookAtJobs, measureJobs } from '../look-at-jobs.ts';
import { tableLines } from '../table.ts';
import { watchLines } from '../terminal/watch-lines.ts';
import { withAgent } from '../with-agent.ts';

const DEFAULT_HISTORY = 20;
const DEFAULT_INTERVAL = 2;

export const ps = defineCommand({
  usage: ['ps [options]'],
  details: [
    'Without options: every job that has not ended. TIME is how long the present or last run takes, AGE the time since the command came. A table on a terminal fits its width: what is least needed is cut, then left out, unless --wide; elsewhere every value stands in full.',
    'Columns for --columns and --sort: id, state, time, runs, age, pid, cpu, mem, output, priority, code, ended, queue, command, tags, last.',
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
    command: { type: 'text', value: 'NAME', summary: 'only jobs of this command of the agent, such as core.system' },
    sort: {
      type: 'text',
      value: 'COLUMN',
      summary: 'sort by this column, --sort=-COLUMN for the greatest first; by time of acceptance unless said',
    },
    columns: { type: 'text', value: 'LIST', summary: 'these columns, id,state,cpu; or more of them, +cpu,mem,last' },
    wide: { type: 'flag', short: 'w', summary: 'cut nothing, however narrow the terminal' },
    watch: { type: 'flag', summary: 'show it again and again, until Ctrl-C' },
    interval: {
      type: 'duration',
      short: 'i',
      value: 'TIME',
      summary: `with --watch: after this time, ${DEFAULT_INTERVAL}s unless said`,
    },
    ...AGENT_OPTIONS,
  },
  examples: [
    { line: 'corex ps', does: 'What runs and what waits.' },
    { line: 'corex ps -a --tag nightly', does: 'The last jobs with a tag, ended ones too.' },
    { line: 'corex ps -s error -s timeout -n 100', does: 'The last hundred that went wrong.' },
    { line: 'corex ps --columns +cpu,mem --sort=-cpu --watch', does: 'Who is busy, again and again.' },
    { line: 'corex ps --json | jq -r .jobs[].id', does: 'Ids, for programs.' },
  ],
  run: async ({ options, cli }) => {
    const { output } = cli;
    const wishes: Wishes = {
      ...options,
      states: chooseStates(options.state, options.all || options.limit !== undefined),
      columns: readColumns(options.columns),
      sort: options.sort === undefined ? undefined : readSort(options.sort),
    };
    if (!options.watch) {
      const jobs = await withAgent(options, cli, (client) => listJobs(client, wishes));
      if (options.json) await output.json({ jobs });
      else await tell(jobs, wishes, cli);
      return EXIT_OK;
    }
    if (options.json || cli.terminal.size === undefined) {
      throw new CliError('Cannot watch jobs: standard output is no terminal, or JSON is wanted', {
        advice: ['"corex ps --json" tells how it is now; a program asks again when it wants to know'],
      });
    }
    const intervalMs = (options.interval ?? DEFAULT_INTERVAL) * 1000;
    return await withAgent(
      options,
      cli,
      (client) => watchLines(cli, intervalMs, async () => linesOf(await listJobs(client, wishes), wishes, cli)),
      { reconnect: { capMs: 2000 } },
    );
  },
});

interface Wishes {
  readonly states: ChosenStates;
  readonly tag: readonly string[];
  readonly queue: string | undefined;
  readonly command: string | undefined;
  readonly limit: number | undefined;
  readonly columns: readonly JobColumnName[];
  readonly sort: JobSort | undefined;
  readonly wide: boolean;
  readonly watch: boolean;
}

/** In order of time, ended jobs first, then live ones in order of acceptance; or as the columns say. */
async function listJobs(client: Client, wishes: Wishes): Promise<JobRow[]> {
  const { states, tag, queue, command, limit = DEFAULT_HISTORY, columns, sort } = wishes;
  const filter = {
    ...(tag.length === 0 ? {} : { tags: tag }),
    ...(queue === undefined ? {} : { queue }),
    ...(command === undefined ? {} : { command }),
  };
  const liveStates = states.live === 'all' || states.live === undefined ? {} : { states: states.live };
  const wanted = sort === undefined ? columns : [...columns, sort.column];
  // Of those that are watched the last look is the first of the two that it takes.
  const look = wanted.includes('cpu') && !wishes.watch ? measureJobs : lookAtJobs;
  const [live, history] = await Promise.all([
    states.live === undefined
      ? []
      : needsLook(wanted)
        ? look(client.jobs, { ...filter, ...liveStates })
        : listLiveJobs(client, { ...filter, ...liveStates }),
    states.settled === undefined
      ? undefined
      : client.jobs.history({ ...filter, limit, ...(states.settled === 'all' ? {} : { states: states.settled }) }),
  ]);
  const jobs = [...(history?.jobs.toReversed() ?? []), ...live];
  return sort === undefined ? jobs : sortJobs(jobs, sort, Date.now());
}

async function tell(jobs: readonly JobRow[], wishes: Wishes, cli: Cli): Promise<void> {
  const { output } = cli;
  if (jobs.length > 0 || !output.stdout.isTerminal) {
    await output.line((await linesOf(jobs, wishes, cli)).join('\n'));
    return;
  }
  const isLive = wishes.states.settled === undefined;
  await output.note(isLive ? 'No job is live. "corex ps -a" shows ended ones.' : 'No such job.');
}

async function linesOf(jobs: readonly JobRow[], { columns, wide }: Wishes, { output }: Cli): Promise<string[]> {
  const { width, paint } = output.stdout;
  return await tableLines(jobColumns(Date.now(), columns), jobs, { width: wide ? undefined : width, paint });
}
