import { AgentError } from '../../protocol/agent-error.ts';
import type { ContainerConfig } from '../../protocol/container.ts';
import type { ContainerNetworks, JoinedNetwork } from './container-networks.ts';

/** Containers that have a network nobody else is in, or the machine's own. */
export class ClosedNetworks implements ContainerNetworks {
  readonly #mayShare: () => boolean;

  /** `mayShare`: whether a container may have the machine's own network. Asked each time. */
  constructor(mayShare: () => boolean) {
    this.#mayShare = mayShare;
  }

  async join(
    _id: string,
    { network, ports, name }: Pick<ContainerConfig, 'network' | 'ports' | 'name'>,
  ): Promise<JoinedNetwork> {
    if (network === 'none' && ports.length === 0) return { plan: { type: 'none' }, mounts: [] };
    if (network === 'host') {
      if (this.#mayShare()) return { plan: { type: 'host' }, mounts: [] };
      throw new AgentError(
        'forbidden',
        `Cannot start the container "${name}" in the machine's own network: "containers.host_network" is false`,
      );
    }
    throw new AgentError('not-able', `Cannot join the container "${name}" to the network "${network}"`);
  }

  async leave(): Promise<void> {
    return Promise.resolve();
  }
}
