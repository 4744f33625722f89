import path from 'node:path';

import type { IdMap } from '../../oci/id-map.ts';
import type { Networks } from '../../oci/network/networks.ts';
import type { NetworkSpec } from '../../oci/network/network-spec.ts';
import { AgentError, isAgentError } from '../../protocol/agent-error.ts';
import type { ContainerConfig } from '../../protocol/container.ts';
import type { ContainerNetworks, JoinedNetwork } from './container-networks.ts';
import { innerFiles } from './inner-files.ts';

export interface ConfiguredNetworksOptions {
  readonly networks: Networks;
  /** Ours alone: each container has a directory in it. */
  readonly directory: string;
  /** As the configuration has them now, by name. */
  readonly known: () => readonly NetworkSpec[];
  /** Whether containers may have the machine's own. */
  readonly mayShare: () => boolean;
}

type Wanted = Pick<ContainerConfig, 'network' | 'ports' | 'name' | 'hostname'>;

/** Networks of containers: none, the machine's own, and those of the configuration. */
export class ConfiguredNetworks implements ContainerNetworks {
  readonly #options: ConfiguredNetworksOptions;

  constructor(options: ConfiguredNetworksOptions) {
    this.#options = options;
  }

  async join(id: string, wanted: Wanted, idMap: IdMap | undefined): Promise<JoinedNetwork> {
    const { network, ports, name } = wanted;
    if (network === 'host') {
      if (!this.#options.mayShare()) {
        throw new AgentError(
          'forbidden',
          `Cannot start the container "${name}" in the machine's own network: "containers.host_network" is false`,
        );
      }
    }
    if (network === 'none' || network === 'host') {
      if (ports.length > 0) {
        throw new AgentError(
          'bad-arguments',
          `Cannot forward ports to the container "${name}": its network is "${network}", and must be one of ${this.#names(({ internal }) => internal !== true)}`,
        );
      }
      const isShared = network === 'host';
      return {
        plan: { type: network },
        mounts: isShared ? await innerFiles(this.#directoryOf(id), wanted, undefined) : [],
      };
    }
    const spec = this.#options.known().find((each) => each.name === network);
    if (spec === undefined) {
      throw new AgentError(
        'bad-arguments',
        `Cannot join the container "${name}" to the network "${network}": it must be none, host or one of ${this.#names()}, which "containers.networks" names`,
      );
    }
    const forwards = ports.map(({ host, container, protocol = 'tcp', host_ip: hostAddress }) => ({
      hostPort: host,
      containerPort: container,
      protocol,
      ...(hostAddress !== undefined && { hostAddress }),
    }));
    const { netns, users, address = '' } = await this.#options.networks.attach(id, spec, forwards, idMap);
    return {
      plan: { type: 'joined', file: netns, ...(users !== undefined && { users }) },
      mounts: await innerFiles(this.#directoryOf(id), wanted, address),
    };
  }

  async leave(id: string, { force = false }: { readonly force?: boolean } = {}): Promise<void> {
    try {
      await this.#options.networks.detach(id, { force });
    } catch (error) {
      if (!isAgentError(error)) throw error;
      const way = 'a container whose removal failed leaves its network in any case when it is removed again by force';
      throw new AgentError(error.code, `${error.message}; ${way}`, { cause: error });
    }
  }

  #directoryOf(id: string): string {
    return path.join(this.#options.directory, id);
  }

  #names(fits: (network: NetworkSpec) => boolean = () => true): string {
    return this.#options
      .known()
      .filter(fits)
      .map(({ name }) => `"${name}"`)
      .join(', ');
  }
}
