import type { Client } from '../../client/client.ts';
import type { ContainerCommit, ContainerInfo } from '../../protocol/container.ts';
import { defineCommand } from '../cli-command.ts';
import { UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { formatDuration } from '../durations.ts';
import { findAction } from '../find-action.ts';
import { forEachJob } from '../for-each-job.ts';
import { tableLines, type Column } from '../table.ts';
import { withAgent } from '../with-agent.ts';

const ACTIONS = ['list', 'start', 'stop', 'pause', 'resume', 'remove'] as const;
type Action = (typeof ACTIONS)[number];

const columns = (now: number): readonly Column<ContainerInfo>[] => [
  { title: 'CONTAINER', value: ({ name }) => name, shrinkTo: 12 },
  {
    title: 'STATE',
    value: ({ state, paused, exit_code: code }) =>
      paused ? 'paused' : state === 'stopped' && code !== undefined ? `stopped (${code})` : state,
    look: ({ state, paused }) => (paused ? 'warning' : state === 'running' ? 'good' : undefined),
  },
  { title: 'PID', value: ({ pid }) => String(pid ?? ''), align: 'right', dropFirst: 2 },
  { title: 'AGE', value: ({ created }) => formatDuration(Math.max(0, now - created)), align: 'right', dropFirst: 1 },
  { title: 'IMAGE', value: ({ image }) => image ?? '', shrinkTo: 12 },
  { title: 'TAGS', value: ({ tags }) => tags.join(' '), shrinkTo: 8, dropFirst: 3 },
  { title: 'ID', value: ({ id }) => id, shrinkTo: 8, dropFirst: 4 },
];

export const containers = defineCommand({
  usage: ['containers [list] [options]', 'containers start|stop|pause|resume|remove [--force] NAME… [options]'],
  details: [
    'NAME is the name of a container or its id; one that fails keeps no other from its turn, and makes the exit code 1. `start` and `stop` come back when it is so; `stop` asks the main process to end and kills all of it after the container’s grace. `remove` is for containers that do not run; --force stops them first, and after a removal that failed, once more, lets them go although not all they had in their network can be undone.',
    'corex run --image makes a container for one program, corex exec NAME -- runs another in it, corex cp copies files, corex inspect tells all there is to know.',
  ],
  options: {
    force: { type: 'flag', short: 'f', summary: 'stop what runs before it is removed' },
    ...AGENT_OPTIONS,
  },
  words: { max: 1000 },
  examples: [
    { line: 'corex containers', does: 'All containers.' },
    { line: 'corex containers stop web', does: 'Stop one, and wait for it.' },
    { line: 'corex containers remove --force web', does: 'Remove it with all it wrote.' },
  ],
  run: async ({ options, words: [word = 'list', ...names], cli }) => {
    const action = findAction(ACTIONS, word);
    if (action === 'list' && names.length > 0) {
      throw new UsageError(`Cannot read the command line: "${names[0] ?? ''}" is one word too many`);
    }
    if (action !== 'list' && names.length === 0)
      throw new UsageError(`Cannot ${action} a container: its name is missing`);
    if (options.force && action !== 'remove')
      throw new UsageError('Cannot use --force here: "containers remove" takes it');
    if (action !== 'list') {
      return await withAgent(options, cli, (client) =>
        forEachJob([...new Set(names)], cli, { json: options.json, member: action }, (name) =>
          act(client, action, name, options.force),
        ),
      );
    }
    const rows = await withAgent(
      options,
      cli,
      async (client) => (await client.call('container.list', {}, { idempotent: true })) as ContainerInfo[],
    );
    if (options.json) {
      await cli.output.json({ containers: rows });
    } else if (rows.length === 0 && cli.output.stdout.isTerminal) {
      await cli.output.note('No containers: "corex run --image" makes one.');
    } else {
      await cli.output.line((await tableLines(columns(Date.now()), rows, cli.output.stdout)).join('\n'));
    }
    return EXIT_OK;
  },
});

async function act(client: Client, action: Exclude<Action, 'list'>, container: string, force: boolean): Promise<void> {
  switch (action) {
    case 'start':
    case 'stop':
      await setRunState(client, container, action === 'start' ? 'running' : 'stopped');
      return;
    case 'pause':
    case 'resume':
      await client.call(`container.${action}`, { container });
      return;
    case 'remove':
      await client.call('container.destroy', { container, force });
  }
}

async function setRunState(client: Client, container: string, state: 'running' | 'stopped'): Promise<ContainerCommit> {
  const { handle } = (await client.call('container.get_handle', { container })) as { handle: string };
  const next = (await client.call('container.set_run_state', { handle, run_state: state })) as { handle: string };
  return (await client.call('container.commit', next)) as ContainerCommit;
}
