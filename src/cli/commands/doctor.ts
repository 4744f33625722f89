import { examineKeeper, whyNoKeeper } from '../../agent/examine.ts';
import { examineIsolation, examineNetworks } from '../../agent/examine-networks.ts';
import { examineRuntimes } from '../../agent/examine-runtimes.ts';
import { ownVersion } from '../../base/own-package.ts';
import { findLocalAgent } from '../../client/find-local-agent.ts';
import { chosenDataDir, findAgent, type AgentChoice } from '../agent-address.ts';
import type { Cli } from '../cli-context.ts';
import { defineCommand } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { agentChecks } from '../doctor/agent-checks.ts';
import type { Check } from '../doctor/check.ts';
import { checkLines } from '../doctor/check-lines.ts';
import { dataDirChecks } from '../doctor/data-dir-checks.ts';
import { extensionChecks } from '../doctor/extension-checks.ts';
import { startupChecks } from '../doctor/startup-checks.ts';
import { keeperChecks } from '../doctor/keeper-checks.ts';
import { networkCheck } from '../doctor/network-check.ts';
import { portCheck } from '../doctor/port-check.ts';
import { machineChecks, thisMachine } from '../doctor/machine-checks.ts';
import { EXIT_FAILURE, EXIT_OK } from '../exit-codes.ts';
import { runtimeChecks } from '../doctor/runtime-checks.ts';

export const doctor = defineCommand({
  usage: ['doctor [options]'],
  details: [
    'Looks at Node, the limits of the machine, the data directory, the keeper of its jobs, the programs that make containers, and the agent. Each line is ok, a warning, or a failure with what to do about it. Exits with 1 when something fails.',
  ],
  options: AGENT_OPTIONS,
  examples: [
    { line: 'corex doctor', does: 'Before the first start, and whenever something is odd.' },
    { line: 'corex doctor --json | jq .ok', does: 'For programs.' },
  ],
  run: async ({ options, cli }) => {
    const checks = [...machineChecks(thisMachine()), ...(await placeChecks(options, cli))];
    const isFine = checks.every(({ status }) => status !== 'fail');
    if (options.json) await cli.output.json({ ok: isFine, checks });
    else await cli.output.line(checkLines(checks, cli.output.stdout).join('\n'));
    return isFine ? EXIT_OK : EXIT_FAILURE;
  },
});

/** The agent that is meant: with its data directory when it is this machine's own, else by its address alone. */
async function placeChecks(choice: AgentChoice, cli: Cli): Promise<Check[]> {
  const version = ownVersion();
  const agent = await findAgent(choice, cli).catch(() => undefined);
  if (agent !== undefined && agent.dataDir === undefined) {
    return [
      ...(await agentChecks({ urls: [agent.url], token: agent.token, ownVersion: version })),
      ...(await extensionChecks(agent.url, agent.token)),
      ...(await startupChecks(agent.url, agent.token)),
    ];
  }
  const dataDir = agent?.dataDir ?? chosenDataDir(choice.dataDir, cli);
  const local = await findLocalAgent({ dataDir });
  const urls = local?.urls ?? [];
  const [keeper, whyNot, runtimes, missing, openness] = await Promise.all([
    examineKeeper(dataDir),
    whyNoKeeper(),
    examineRuntimes(cli.env['PATH'] ?? ''),
    examineNetworks(cli.env['PATH'] ?? ''),
    examineIsolation(cli.env['PATH'] ?? ''),
  ]);
  const hasAgent = urls.length > 0;
  return [
    ...dataDirChecks({ dataDir, urls }),
    ...(hasAgent ? [] : [await portCheck()]),
    ...runtimeChecks(runtimes),
    ...(runtimes.some(({ program }) => program !== undefined) ? [networkCheck(missing, openness)] : []),
    ...keeperChecks({ keeper, whyNot, hasAgent, ownVersion: version }),
    ...(await agentChecks({ urls, token: local?.token, ownVersion: version })),
    ...(await extensionChecks(local?.url, local?.token)),
    ...(await startupChecks(local?.url, local?.token)),
  ];
}
