import type { Client } from '../../client/client.ts';
import type { ResourceValue } from '../../client/resource-value.ts';
import { defineCommand } from '../cli-command.ts';
import { UsageError } from '../cli-error.ts';
import { connectionNotes } from '../connection-notes.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { findType, type ChosenKind } from '../resources/find-type.ts';
import { followResources } from '../resources/follow-resources.ts';
import { formatOf, queryOf, RESOURCE_OPTIONS } from '../resources/resource-options.ts';
import { showResources } from '../resources/resource-output.ts';
import { SESSION_RECONNECT } from '../terminal/end-session.ts';
import { withAgent } from '../with-agent.ts';

export const get = defineCommand({
  usage: ['get [options] TYPE [ID…]'],
  details: [
    'TYPE is a type of resource or one of its names, in any case: `corex api-resources` lists them. The columns are those of the type; PHASE is there when something is to go.',
    'What -o yaml prints, `corex apply` takes. With --watch changes follow what is there, as with `corex watch --contents`.',
  ],
  options: {
    ...RESOURCE_OPTIONS,
    watch: { type: 'flag', short: 'w', summary: 'go on with what happens to them, until Ctrl-C' },
  },
  words: { min: 1, max: 1000 },
  examples: [
    { line: 'corex get namespaces', does: 'Where resources are.' },
    { line: 'corex get disks -l bus=nvme,size>=100GB', does: 'Those with such labels.' },
    { line: 'corex get disk sda -o yaml > sda.yaml', does: 'One, to be changed and applied.' },
    { line: 'corex get jobs --watch', does: 'What there is, and what becomes of it.' },
  ],
  run: async ({ options, words: [name = '', ...ids], cli }) => {
    const query = queryOf(options);
    const format = formatOf(options);
    const isAsked = query.labels !== undefined || query.idMatch !== undefined;
    if (ids.length > 0 && isAsked)
      throw new UsageError('Cannot use --labels or --id-match with ids: they choose among all');
    if (ids.length > 1 && options.watch)
      throw new UsageError('Cannot watch several ids: one, or --id-match, is wanted');
    const connection = options.watch
      ? { onStatus: connectionNotes(cli, cli.output.stderr.isTerminal), reconnect: SESSION_RECONNECT }
      : {};
    const work = async (client: Client): Promise<void> => {
      const kind = findType(await client.resources.types(), name, options.namespace);
      if (options.watch) {
        const [id] = ids;
        const { type, namespace } = kind;
        using watch = client.resources.watch(
          { type, namespace, id },
          id === undefined ? { ...query, bootstrap: true } : {},
        );
        await followResources(watch, kind, format, cli);
        return;
      }
      const resources = ids.length > 0 ? await getEach(client, kind, ids) : await client.resources.list(kind, query);
      await showResources(resources, kind, { format, isOne: ids.length === 1 }, cli);
    };
    await withAgent(options, cli, work, connection);
    return EXIT_OK;
  },
});

async function getEach(client: Client, kind: ChosenKind, ids: readonly string[]): Promise<ResourceValue[]> {
  const { type, namespace } = kind;
  return await Promise.all(ids.map((id) => client.resources.get({ type, namespace, id })));
}
