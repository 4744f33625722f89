import type { Client } from '../../client/client.ts';
import type { QueueInfo } from '../../protocol/job-info.ts';
import { defineCommand } from '../cli-command.ts';
import { UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { findAction } from '../find-action.ts';
import { parseRate } from '../../protocol/rate.ts';
import { tableLines, type Column } from '../table.ts';
import { withAgent } from '../with-agent.ts';

const ACTIONS = ['list', 'set', 'pause', 'resume'] as const;
const NO_LIMIT = 'none';

const COLUMNS: readonly Column<QueueInfo>[] = [
  { title: 'QUEUE', value: ({ name }) => name, shrinkTo: 12 },
  {
    title: 'STATE',
    value: ({ paused }) => (paused ? 'paused' : 'open'),
    look: ({ paused }) => (paused ? 'warning' : 'good'),
  },
  { title: 'ACTIVE', value: ({ active, width }) => `${active}/${width}`, align: 'right' },
  {
    title: 'WAITING',
    value: ({ waiting, limit }) => `${waiting}${limit === undefined ? '' : `/${limit}`}`,
    align: 'right',
  },
  {
    title: 'RATE',
    value: ({ rate, burst = 1 }) => (rate === undefined ? '' : `${rate}${burst === 1 ? '' : ` (${burst})`}`),
    align: 'right',
    dropFirst: 2,
  },
  { title: 'NEXT', value: ({ jobs }) => jobs.join(' '), shrinkTo: 8, dropFirst: 1 },
];

export const queue = defineCommand({
  usage: [
    'queue [list] [options]',
    'queue set NAME [--width N] [--limit N|none] [--rate N/s|none] [--burst N] [options]',
    'queue pause|resume NAME [options]',
  ],
  details: [
    'A job names its queue (`corex run -q disk …`); queues come into being by being named, one job at a time. ACTIVE is what runs of what may, WAITING what waits of what may. NEXT are the ids of those that wait, first first.',
    'A rate bounds how many runs start: 10/s, 90/m, 1.5/h. The burst, in brackets, is how many may start at once when none did for a while; 1 spaces them evenly. What is set is kept for the next agent, too, unless its configuration names the queue.',
    'What runs goes on in a paused queue; nothing more starts. A full queue refuses more jobs at once.',
  ],
  options: {
    width: {
      type: 'integer',
      short: 'w',
      value: 'N',
      min: 1,
      max: 1_000_000,
      summary: 'jobs that may be active at once',
    },
    limit: { type: 'text', short: 'l', value: 'N', summary: `jobs that may wait; "${NO_LIMIT}" takes the limit away` },
    rate: {
      type: 'text',
      short: 'r',
      value: 'N/s',
      summary: `runs that may start in a second, minute (N/m) or hour (N/h); "${NO_LIMIT}" takes the rate away`,
    },
    burst: {
      type: 'integer',
      value: 'N',
      min: 1,
      max: 1_000_000,
      summary: 'runs that may start at once when none did for a while',
    },
    ...AGENT_OPTIONS,
  },
  words: { max: 2 },
  examples: [
    { line: 'corex queue', does: 'All queues.' },
    { line: 'corex queue set disk --width 2 --limit 100', does: 'Two at a time, at most a hundred waiting.' },
    { line: 'corex queue set mail --rate 10/s --burst 20', does: 'Start ten a second, twenty at once after a rest.' },
    { line: 'corex queue pause disk', does: 'Let nothing more start.' },
  ],
  run: async ({ options, words: [word = 'list', name], cli }) => {
    const action = findAction(ACTIONS, word);
    const settings: Settings = {
      width: options.width,
      limit: readLimit(options.limit),
      rate: readRate(options.rate),
      burst: options.burst,
    };
    const isSetting = Object.values(settings).some((value) => value !== undefined);
    if (action === 'list' && name !== undefined)
      throw new UsageError(`Cannot read the command line: "${name}" is one word too many`);
    if (action !== 'list' && name === undefined) throw new UsageError(`Cannot ${action} a queue: its name is missing`);
    if (action !== 'set' && isSetting) {
      throw new UsageError('Cannot use --width, --limit, --rate or --burst here: "corex queue set NAME" takes them');
    }
    if (action === 'set' && !isSetting) {
      throw new UsageError('Cannot set a queue: --width, --limit, --rate or --burst say what');
    }
    const queues = await withAgent(options, cli, (client) => act(client, action, name ?? '', settings));
    if (options.json) {
      await cli.output.json(action === 'list' ? { queues } : queues[0]);
    } else if (queues.length === 0 && cli.output.stdout.isTerminal) {
      await cli.output.note('No queue yet: a job that names one makes it.');
    } else {
      await cli.output.line((await tableLines(COLUMNS, queues, cli.output.stdout)).join('\n'));
    }
    return EXIT_OK;
  },
});

interface Settings {
  readonly width: number | undefined;
  readonly limit: number | null | undefined;
  readonly rate: string | null | undefined;
  readonly burst: number | undefined;
}

async function act(
  client: Client,
  action: (typeof ACTIONS)[number],
  name: string,
  settings: Settings,
): Promise<QueueInfo[]> {
  switch (action) {
    case 'list':
      return client.queues.list();
    case 'set':
      return [
        await client.queues.set(
          name,
          Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
        ),
      ];
    case 'pause':
      return [await client.queues.pause(name)];
    case 'resume':
      return [await client.queues.resume(name)];
  }
}

function readLimit(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === NO_LIMIT) return null;
  if (/^\d{1,7}$/.test(text) && Number(text) <= 1_000_000) return Number(text);
  throw new UsageError(`Cannot read --limit "${text}": a whole number from 0 to 1000000 or "${NO_LIMIT}" is wanted`);
}

function readRate(text: string | undefined): string | null | undefined {
  if (text === undefined) return undefined;
  if (text === NO_LIMIT) return null;
  if (parseRate(text) !== undefined) return text;
  throw new UsageError(`Cannot read --rate "${text}": such as 10/s, 90/m, 1.5/h or "${NO_LIMIT}" is wanted`);
}
