/** What plugins are told of a network, and what they tell, as the Container Network Interface has it. */
import { AgentError } from '../../protocol/agent-error.ts';
import { isEverywhere, type NetworkSpec, type PortForward } from './network-spec.ts';

type PluginConfig = Readonly<Record<string, unknown>>;

const CNI_VERSION = '1.0.0';

export const LOOPBACK_CONFIG: PluginConfig = { cniVersion: CNI_VERSION, name: 'loopback', type: 'loopback' };

/** `bridge` is also what the network is called to plugins. `addresses`: where it is noted which are given away. */
export function bridgeConfig(
  bridge: string,
  { subnet, internal = false }: NetworkSpec,
  addresses: string,
): PluginConfig {
  return {
    cniVersion: CNI_VERSION,
    name: bridge,
    type: 'bridge',
    bridge,
    isGateway: !internal,
    ipMasq: !internal,
    hairpinMode: true,
    ipam: {
      type: 'host-local',
      dataDir: addresses,
      ranges: [[{ subnet }]],
      ...(!internal && { routes: [{ dst: '0.0.0.0/0' }] }),
    },
  };
}

export function portmapConfig(bridge: string, ports: readonly PortForward[]): PluginConfig {
  return {
    cniVersion: CNI_VERSION,
    name: bridge,
    type: 'portmap',
    capabilities: { portMappings: true },
    runtimeConfig: {
      portMappings: ports.map(({ hostPort, containerPort, protocol, hostAddress }) => ({
        hostPort,
        containerPort,
        protocol,
        ...(!isEverywhere(hostAddress) && { hostIP: hostAddress }),
      })),
    },
  };
}

/** The address that the bridge's plugin gave. Errors: AgentError `unexpected-answer`. */
export function addressIn(result: unknown): string {
  const ips: unknown = typeof result === 'object' && result !== null && 'ips' in result ? result.ips : undefined;
  const first: unknown = Array.isArray(ips) ? ips[0] : undefined;
  const address: unknown =
    typeof first === 'object' && first !== null && 'address' in first ? first.address : undefined;
  if (typeof address === 'string') return address.replace(/\/\d+$/, '');
  throw new AgentError('unexpected-answer', 'Cannot join a container to its network: the plugin gave it no address');
}
