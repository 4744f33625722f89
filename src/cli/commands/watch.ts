import type { Client } from '../../client/client.ts';
import { defineCommand } from '../cli-command.ts';
import { UsageError } from '../cli-error.ts';
import { connectionNotes } from '../connection-notes.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { findType } from '../resources/find-type.ts';
import { followResources } from '../resources/follow-resources.ts';
import { formatOf, queryOf, RESOURCE_OPTIONS } from '../resources/resource-options.ts';
import { SESSION_RECONNECT } from '../terminal/end-session.ts';
import { withAgent } from '../with-agent.ts';

export const watch = defineCommand({
  usage: ['watch [options] TYPE [ID]'],
  details: [
    'Shows what happens to resources as it comes, in order, until Ctrl-C. It goes on over lost connections without missing or doubling anything.',
    'With -o json there is one JSON object a line, as the wire has it; its "bookmark" is what --from takes. How far back that may be is up to the agent, which keeps the newest events of each type.',
  ],
  options: {
    ...RESOURCE_OPTIONS,
    contents: { type: 'flag', summary: 'begin with what is there' },
    tail: { type: 'integer', value: 'N', min: 0, max: 65_536, summary: 'begin with the last N events, as far as kept' },
    from: { type: 'text', value: 'BOOKMARK', summary: 'begin behind this bookmark' },
  },
  words: { min: 1, max: 2 },
  examples: [
    { line: 'corex watch jobs', does: 'What happens to jobs from now on.' },
    { line: 'corex watch disk sda', does: 'What it is, and what becomes of it.' },
    { line: 'corex watch --tail 20 -o json disks | jq -r .event', does: 'The newest events and all that follow.' },
  ],
  run: async ({ options, words: [name = '', id], cli }) => {
    const query = queryOf(options);
    const { contents, tail, from } = options;
    const starts = [
      contents ? '--contents' : '',
      tail === undefined ? '' : '--tail',
      from === undefined ? '' : '--from',
    ];
    const [one, another] = starts.filter((start) => start !== '');
    if (another !== undefined)
      throw new UsageError(`Cannot use ${one ?? ''} and ${another} together: each says where to begin`);
    if (id !== undefined && (contents || query.labels !== undefined || query.idMatch !== undefined)) {
      throw new UsageError('Cannot use --contents, --labels or --id-match with an id: they are for all of a type');
    }
    const connection = {
      onStatus: connectionNotes(cli, cli.output.stderr.isTerminal),
      reconnect: SESSION_RECONNECT,
    };
    const work = async (client: Client): Promise<void> => {
      const kind = findType(await client.resources.types(), name, options.namespace);
      const { type, namespace } = kind;
      const start = { ...query, bootstrap: contents || undefined, tail, from };
      using events = client.resources.watch({ type, namespace, id }, start);
      await followResources(events, kind, formatOf(options), cli);
    };
    await withAgent(options, cli, work, connection);
    return EXIT_OK;
  },
});
