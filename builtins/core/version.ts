import process from 'node:process';
import { type AgentAccess, defineBuiltin, PROTOCOL_VERSION } from 'corex/builtin';

export const coreVersion = defineBuiltin({
  name: 'core.version',
  summary: 'Versions of the agent, of its protocol and of what it runs on.',
  example: {
    data: { agent: 'build-3', version: '0.1.0', protocol: 1, node: 'v24.21.0', platform: 'linux', arch: 'x64' },
  },
  run: (_args, { agent }) => versionsOf(agent),
});

/** Who the agent is, and on what it runs. */
export function versionsOf(agent: AgentAccess) {
  return {
    agent: agent.name,
    version: agent.version,
    protocol: PROTOCOL_VERSION,
    node: process.version,
    platform: process.platform,
    arch: process.arch,
  };
}
