import type { Client } from '../../client/client.ts';
import { errorMessage } from '../../protocol/agent-error.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_FAILURE, EXIT_OK } from '../exit-codes.ts';
import { listLiveJobs } from '../list-live-jobs.ts';
import { statsColumns, type StatsRow } from '../stats-table.ts';
import { tableLines } from '../table.ts';
import { hasUnicode } from '../terminal/charset.ts';
import { watchLines } from '../terminal/watch-lines.ts';
import { withAgent } from '../with-agent.ts';

const DEFAULT_INTERVAL = 2;

/** Bars that have room twice beside the rest in 80 columns, and on a wide terminal. */
const NARROW_POINTS = 14;
const WIDE_POINTS = 36;
const WIDE_COLUMNS = 140;
const JSON_POINTS = 60;

/** Jobs asked for at once. */
const AT_ONCE = 64;

export const stats = defineCommand({
  usage: ['stats [options] [ID…]'],
  details: [
    'Without an ID: all live jobs. CPU is percent of one core, MEM resident memory, of all processes of a job together; of a job that has ended, the average. Bars show what it used over time, the newest at the right: only jobs with a "stats_interval" have any ("corex run --stats 1s"). MOST is the most memory it was seen with.',
  ],
  options: {
    points: {
      type: 'integer',
      value: 'N',
      min: 1,
      max: 1000,
      summary: 'so many points over time; neighbours are merged',
    },
    watch: { type: 'flag', short: 'w', summary: 'show it again and again, until Ctrl-C' },
    interval: {
      type: 'duration',
      short: 'i',
      value: 'TIME',
      summary: `with --watch: after this time, ${DEFAULT_INTERVAL}s unless said`,
    },
    ...AGENT_OPTIONS,
  },
  words: { max: 1000 },
  examples: [
    { line: 'corex run -d --id web --stats 1s -- ./server', does: 'A job that is measured each second.' },
    { line: 'corex stats', does: 'What all live jobs use.' },
    { line: 'corex stats --watch web', does: 'What one uses, again and again.' },
    { line: 'corex stats web --json --points 600 | jq .jobs[0].samples', does: 'Its history, for programs.' },
  ],
  run: async ({ options, words, cli }) => {
    const { output } = cli;
    const points = options.points ?? (options.json ? JSON_POINTS : pointsFor(output.stdout.width));
    if (options.watch) {
      if (options.json || cli.terminal.size === undefined) {
        throw new CliError('Cannot watch jobs: standard output is no terminal, or JSON is wanted', {
          advice: ['"corex stats --json" tells how it is now; a program asks again when it wants to know'],
        });
      }
      const intervalMs = (options.interval ?? DEFAULT_INTERVAL) * 1000;
      const ask = async (client: Client) => linesOf((await lookAt(client, words, points)).rows, cli);
      return await withAgent(options, cli, (client) => watchLines(cli, intervalMs, () => ask(client)), {
        reconnect: { capMs: 2000 },
      });
    }
    const { rows, failures } = await withAgent(options, cli, (client) => lookAt(client, words, points));
    if (options.json) await output.json({ jobs: rows.map(({ id, stats: told }) => ({ id, ...told })) });
    else if (rows.length > 0) await output.line((await linesOf(rows, cli)).join('\n'));
    else if (failures.length === 0) await output.note('No job is live. "corex stats ID" tells of one that has ended.');
    for (const failure of failures) {
      await output.write('stderr', `${output.stderr.paint('bad', 'corex:')} ${failure}\n`);
    }
    return failures.length === 0 ? EXIT_OK : EXIT_FAILURE;
  },
});

function pointsFor(width: number | undefined): number {
  return width !== undefined && width >= WIDE_COLUMNS ? WIDE_POINTS : NARROW_POINTS;
}

interface Looked {
  readonly rows: readonly StatsRow[];
  readonly failures: readonly string[];
}

/** Asks for these jobs, or for all live ones; of the latter, those that end meanwhile are left out. */
async function lookAt(client: Client, words: readonly string[], points: number): Promise<Looked> {
  const ids = words.length > 0 ? words : (await listLiveJobs(client, {})).map(({ id }) => id);
  const rows: StatsRow[] = [];
  const failures: string[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    const outcomes = await Promise.allSettled(some.map((id) => client.jobs.stats(id, { points })));
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') rows.push({ id: some[at] ?? '', stats: outcome.value });
      else if (words.length > 0) failures.push(errorMessage(outcome.reason));
    }
  }
  return { rows, failures };
}

async function linesOf(rows: readonly StatsRow[], { output, env }: Cli): Promise<string[]> {
  return await tableLines(statsColumns(hasUnicode(env)), rows, output.stdout);
}
