import type { Client } from '../../client/client.ts';
import type { ClientStatus } from '../../client/client-status.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK, exitCodeOfSignal } from '../exit-codes.ts';
import { Pen } from '../terminal/pen.ts';
import { TopApp, type TopOptions } from '../top/top-app.ts';
import { TOP_COLUMNS } from '../top/top-columns.ts';
import { readFilter } from '../top/top-filter.ts';
import { withAgent } from '../with-agent.ts';

const { dataDir, url, tokenFile } = AGENT_OPTIONS;

const DEFAULT_INTERVAL = 1;
const SHORTEST_INTERVAL = 0.2;
const INSTEAD = '"corex ps" lists jobs anywhere, "corex ps --json" for programs';

const SORTS = TOP_COLUMNS.flatMap(({ title, sort }) =>
  sort === undefined ? [] : [title.toLowerCase().replace('%', '')],
);

export const top = defineCommand({
  usage: ['top [options] [FILTER…]'],
  details: [
    'Shows live jobs with what they use and said last, until q. Arrows choose a job; Enter reads its log, d tells all about it, k kills and c cancels it; / filters, capital letters sort by the column that begins so; ? tells all keys.',
    'A filter is words that are in the id, the command line, the queue or a tag, beside tag:TAG, state:STATE, queue:NAME and command:NAME.',
    'A lost connection is tried again until it is back. The terminal is left as it was.',
  ],
  options: {
    interval: { type: 'duration', short: 'i', value: 'TIME', summary: 'ask again after this time, 1s unless said' },
    sort: { type: 'text', value: 'COLUMN', choices: SORTS, summary: 'begin sorted by this column' },
    dataDir,
    url,
    tokenFile,
  },
  words: { max: Number.POSITIVE_INFINITY },
  examples: [
    { line: 'corex top', does: 'What runs and what waits.' },
    { line: 'corex top --sort cpu tag:nightly state:running', does: 'Who of the nightly jobs is busy.' },
  ],
  run: async ({ options, words, cli }) => {
    const filter = words.join(' ');
    const trouble = readFilter(filter);
    if (typeof trouble === 'string') throw new UsageError(`Cannot read the filter: ${trouble}`);
    if (cli.terminal.size === undefined || cli.terminal.keyboard === undefined) {
      throw new CliError('Cannot show jobs live: standard input and output are no terminal', { advice: [INSTEAD] });
    }
    const interval = Math.max(SHORTEST_INTERVAL, options.interval ?? DEFAULT_INTERVAL);
    const settings = { intervalMs: interval * 1000, filter, keys: keysOf(options.sort), instead: INSTEAD };
    let app: TopApp | undefined;
    const onStatus = (status: ClientStatus): void => app?.onStatus(status);
    const work = async (client: Client): Promise<number> => {
      app = await makeApp(client, cli, settings);
      const signal = await app.run();
      return signal === undefined ? EXIT_OK : exitCodeOfSignal(signal);
    };
    return await withAgent(options, cli, work, { onStatus, reconnect: { capMs: 2000 } });
  },
});

async function makeApp(client: Client, cli: Cli, options: TopOptions): Promise<TopApp> {
  return new TopApp(client, cli, await Pen.create(cli.env, cli.output.stdout.paint), options);
}

function keysOf(sort: string | undefined): string[] {
  const key = TOP_COLUMNS.find(({ title }) => title.toLowerCase().replace('%', '') === sort)?.key;
  return key === undefined ? [] : [key];
}
