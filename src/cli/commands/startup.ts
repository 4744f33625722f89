import type { Client } from '../../client/client.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_FAILURE, EXIT_OK } from '../exit-codes.ts';
import { findAction } from '../find-action.ts';
import { startupColumns, type EntryRow, type StartupAnswer } from '../startup/startup-rows.ts';
import { tableLines } from '../table.ts';
import { withAgent } from '../with-agent.ts';

const ACTIONS = ['list', 'start', 'stop', 'restart', 'reload'] as const;
const CHANGES = ['added', 'removed', 'changed', 'revived'] as const;

type Changes = Readonly<Record<(typeof CHANGES)[number], readonly string[]>> & { readonly unchanged: number };

export const startup = defineCommand({
  usage: ['startup [list] [options]', 'startup start|stop|restart ID… [options]', 'startup reload [options]'],
  details: [
    'Entries are jobs that the agent starts by itself, in the order of what comes after what, as `[startup.ID]` of its configuration says. The id of an entry is that of its job: `corex logs ID` shows what it wrote.',
    '`stop` holds until `start`, or the next start of the agent. `reload` reads the configuration again and applies what changed, as SIGHUP does. The list exits with 1 when an entry has failed, is blocked or invalid, or a file can’t be used.',
  ],
  options: AGENT_OPTIONS,
  words: { max: 1000 },
  examples: [
    { line: 'corex startup', does: 'Where every entry stands, and why.' },
    { line: 'corex startup restart web', does: 'Stop it, and start it anew.' },
    { line: 'corex startup reload', does: 'Apply what was changed in the files.' },
  ],
  run: async ({ options, words: [word = 'list', ...ids], cli }) => {
    const action = findAction(ACTIONS, word);
    const takesIds = action !== 'list' && action !== 'reload';
    if (takesIds && ids.length === 0) throw new UsageError(`Cannot ${action} an entry: its id is missing`);
    if (!takesIds && ids[0] !== undefined) {
      throw new UsageError(`Cannot read the command line: "${ids[0]}" is one word too many`);
    }
    return withAgent(options, cli, (client) => {
      if (action === 'list') return list(client, options.json, cli);
      if (action === 'reload') return reload(client, options.json, cli);
      return act(client, action, ids, options.json, cli);
    });
  },
});

async function list(client: Client, json: boolean, cli: Cli): Promise<number> {
  const answer = (await client.call('startup.list', undefined, { idempotent: true })) as StartupAnswer;
  const { entries, milestones, problems } = answer;
  if (json) await cli.output.json(answer);
  else {
    if (entries.length > 0) await showEntries(entries, cli);
    else
      await cli.output.note(
        'Nothing is started with the agent: [startup.ID] in its configuration says what, or resources of the type startups.',
      );
    const ahead = milestones.filter(({ reached }) => reached === undefined).map(({ name }) => name);
    if (entries.length > 0 && ahead.length > 0) await cli.output.note(`Not reached yet: ${ahead.join(', ')}.`);
    // A message about a resource names it.
    for (const { source, message, from } of problems)
      await cli.output.note(from === 'resource' ? message : `${source}: ${message}`);
  }
  const isBad = entries.some(({ state }) => state === 'failed' || state === 'blocked' || state === 'invalid');
  return isBad || problems.length > 0 ? EXIT_FAILURE : EXIT_OK;
}

async function act(
  client: Client,
  action: 'start' | 'stop' | 'restart',
  ids: readonly string[],
  json: boolean,
  cli: Cli,
): Promise<number> {
  const entries: EntryRow[] = [];
  for (const id of ids) entries.push((await client.call(`startup.${action}`, { id })) as EntryRow);
  if (json) await cli.output.json({ entries });
  else await showEntries(entries, cli);
  return EXIT_OK;
}

async function reload(client: Client, json: boolean, cli: Cli): Promise<number> {
  const changes = (await client.call('startup.reload')) as Changes;
  if (json) {
    await cli.output.json(changes);
    return EXIT_OK;
  }
  for (const change of CHANGES) {
    if (changes[change].length > 0) await cli.output.line(`${change}: ${changes[change].join(', ')}`);
  }
  await cli.output.line(`unchanged: ${changes.unchanged}`);
  return EXIT_OK;
}

async function showEntries(entries: readonly EntryRow[], cli: Cli): Promise<void> {
  await cli.output.line((await tableLines(startupColumns(Date.now()), entries, cli.output.stdout)).join('\n'));
}
