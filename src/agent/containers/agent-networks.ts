import type { Clock } from '../../base/clock.ts';
import { RUN_MARKER, type RunKey } from '../../host/launcher.ts';
import { Leftovers } from '../../host/leftovers.ts';
import { CniPlugins } from '../../oci/network/cni-plugins.ts';
import { Iptables } from '../../oci/network/iptables.ts';
import { Networks, type NetworksOptions } from '../../oci/network/networks.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { Logger } from '../../telemetry/logger.ts';

export interface AgentNetworksOptions extends Pick<
  NetworksOptions,
  'directory' | 'runtimeDirectory' | 'owner' | 'nameOf'
> {
  readonly searchPath: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The networks of an agent's containers. Whatever program changes them carries the marker of a run that all agents on this
 * data directory share: one that outlived its agent would go on changing what the next one sets right.
 */
export function agentNetworks({ searchPath, clock, logger, owner, ...options }: AgentNetworksOptions): Networks {
  const key: RunKey = `networks-${owner}.0`;
  const env = { [RUN_MARKER]: key };
  return new Networks({
    ...options,
    owner,
    plugins: new CniPlugins(searchPath, undefined, env),
    iptables: new Iptables(searchPath, env),
    endEarlier: async () => {
      const { survivors } = await new Leftovers(clock).kill(key);
      if (survivors.length === 0) return;
      const who = survivors.map(({ pid, command }) => `${command} (${pid})`).join(', ');
      throw new AgentError(
        'not-able',
        `Cannot change networks of containers: an agent before this one left programs that do so, and can't be ended: ${who}`,
      );
    },
    onTrouble: (why) => {
      logger.warn({ why }, 'Networks of containers are not as they should be');
    },
  });
}
