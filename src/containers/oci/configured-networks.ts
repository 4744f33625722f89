import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { IdMap } from '../../oci/id-map.ts';
import type { Networks } from '../../oci/network/networks.ts';
import type { NetworkSpec } from '../../oci/network/network-spec.ts';
import type { RuntimeMount } from '../../oci/spec/runtime-config.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { ContainerConfig } from '../../protocol/container.ts';
import type { ContainerNetworks, JoinedNetwork } from './container-networks.ts';
import { innerHostname } from './inner-program.ts';

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
          `Cannot forward ports to the container "${name}": its network is "${network}", and must be one of ${this.#names()}`,
        );
      }
      return { plan: { type: network }, mounts: [] };
    }
    const spec = this.#options.known().find((each) => each.name === network);
    if (spec === undefined) {
      throw new AgentError(
        'bad-arguments',
        `Cannot join the container "${name}" to the network "${network}": it must be none, host or one of ${this.#names()}, which "containers.networks" names`,
      );
    }
    const forwards = ports.map(({ host, container, protocol = 'tcp' }) => ({
      hostPort: host,
      containerPort: container,
      protocol,
    }));
    const { netns, users, address = '' } = await this.#options.networks.attach(id, spec, forwards, idMap);
    return {
      plan: { type: 'joined', file: netns, ...(users !== undefined && { users }) },
      mounts: await this.#files(id, wanted, address),
    };
  }

  async leave(id: string): Promise<void> {
    await this.#options.networks.detach(id);
  }

  #names(): string {
    return this.#options
      .known()
      .map(({ name }) => `"${name}"`)
      .join(', ');
  }

  /** Who it is, and whom it asks for the names of others. */
  async #files(id: string, wanted: Wanted, address: string): Promise<readonly RuntimeMount[]> {
    const directory = path.join(this.#options.directory, id);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const known = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
    // A resolver of the machine that only the machine reaches is of no use.
    const resolvers = known.split('\n').filter((line) => !/^\s*nameserver\s+(127\.|::1)/.test(line));
    const texts = {
      'resolv.conf': resolvers.join('\n'),
      hosts: `127.0.0.1 localhost\n::1 localhost\n${address} ${innerHostname(wanted)}\n`,
    };
    const mounts: RuntimeMount[] = [];
    for (const [file, text] of Object.entries(texts)) {
      const source = path.join(directory, file);
      await writeFile(source, text, { mode: 0o644 });
      const options = ['bind', 'private', 'ro', 'nosuid', 'nodev', 'noexec'];
      mounts.push({ destination: `/etc/${file}`, type: 'bind', source, options });
    }
    return mounts;
  }
}
