import type { ResourceType } from '../../protocol/resource.ts';
import { defineCommand } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { tableLines, type Column } from '../table.ts';
import { withAgent } from '../with-agent.ts';

const COLUMNS: readonly Column<ResourceType>[] = [
  { title: 'NAME', value: ({ aliases: [plural = ''] }) => plural, shrinkTo: 12 },
  { title: 'SHORT', value: ({ aliases }) => aliases.slice(1).filter(isShort).join(','), shrinkTo: 8, dropFirst: 1 },
  { title: 'NAMESPACE', value: ({ namespace }) => namespace, shrinkTo: 9 },
  { title: 'WRITE', value: ({ read_only: isReadOnly }) => (isReadOnly ? 'agent' : 'all'), dropFirst: 2 },
  { title: 'TYPE', value: ({ type }) => type, shrinkTo: 16 },
];

export const apiResources = defineCommand({
  usage: ['api-resources [options]'],
  details: [
    'The types of resources the agent knows, with the names by which they may be called. WRITE says who writes such: only the agent, or all who may talk to it. With --json each has the JSON Schema of its spec.',
  ],
  options: AGENT_OPTIONS,
  examples: [{ line: 'corex api-resources', does: 'What `corex get` takes.' }],
  run: async ({ options, cli }) => {
    const types = await withAgent(options, cli, (client) => client.resources.types());
    if (options.json) await cli.output.json({ types });
    else await cli.output.line((await tableLines(COLUMNS, types, cli.output.stdout)).join('\n'));
    return EXIT_OK;
  },
});

/** Not one with the group behind it. */
function isShort(alias: string): boolean {
  return !alias.includes('.');
}
