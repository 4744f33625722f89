import process from 'node:process';
import { ownVersion } from '../../base/own-package.ts';
import type { AgentVersion } from '../../client/agent-api.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { withAgent } from '../with-agent.ts';

export const version = defineCommand({
  usage: ['version [options]'],
  details: ['Without an agent in reach, only what is here is told. `corex --version` says the same.'],
  options: AGENT_OPTIONS,
  examples: [{ line: 'corex version --json | jq -r .version', does: 'The version alone.' }],
  run: async ({ options, cli }) => {
    const own = { version: ownVersion(), protocol: PROTOCOL_VERSION, node: process.version };
    const agent = await withAgent(options, cli, (client) => client.agent.version()).catch(() => undefined);
    if (options.json) await cli.output.json({ ...own, agent: agent ?? null });
    else await tell(own, agent, cli);
    return EXIT_OK;
  },
});

interface OwnVersion {
  readonly version: string;
  readonly protocol: number;
  readonly node: string;
}

async function tell(own: OwnVersion, agent: AgentVersion | undefined, { output }: Cli): Promise<void> {
  await output.line(`corex ${own.version} (protocol ${own.protocol}, Node ${own.node})`);
  if (agent === undefined) return;
  await output.line(
    `agent ${agent.version} "${agent.agent}" (protocol ${agent.protocol}, Node ${agent.node}, ${agent.platform} ${agent.arch})`,
  );
}
