import { networkInterfaces } from 'node:os';
import path from 'node:path';

import { AgentError } from '../../protocol/agent-error.ts';
import { checkContainerId } from '../container-id.ts';
import type { IdMap } from '../id-map.ts';
import { type Attachment, Attachments } from './attachments.ts';
import type { CniPlugins } from './cni-plugins.ts';
import { isPortFree } from './free-port.ts';
import { closeToIpv6, makeNetworkNamespace, removeBridge, removeNamespace } from './network-namespace.ts';
import {
  bridgeName,
  checkAddressesFree,
  checkNetwork,
  checkPorts,
  type NetworkSpec,
  type PortForward,
} from './network-spec.ts';

export interface NetworksOptions {
  /** The agent's own; it holds which container is in which network, and which addresses are given away. */
  readonly directory: string;
  /** Where the networks of containers are held: on a file system that a restart of the machine empties. */
  readonly runtimeDirectory: string;
  /** The agent's own name: its bridges are told by it from those of others. */
  readonly owner: string;
  readonly plugins: CniPlugins;
}

const CNI_VERSION = '1.0.0';
const INTERFACE = 'eth0';

/**
 * Puts containers into networks: each has a network namespace that is there before its program begins and after it ended;
 * a cable leads from it to the network's bridge, which all containers of that network share.
 */
export class Networks {
  readonly #options: NetworksOptions;
  readonly #attachments: Attachments;
  /** One change at a time: plugins look at rules and addresses before they change them. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: NetworksOptions) {
    this.#options = options;
    this.#attachments = new Attachments(path.join(options.directory, 'attachments'));
  }

  /**
   * Joins a container that is to be made: it must be given the namespaces of the answer, `users` among them where `idMap`
   * says that its users are others outside. What went wrong is undone.
   *
   * Errors: AgentError `bad-arguments`, `port-taken`, `container-exists`, `not-able`, `no-resources`, `failed`.
   */
  async attach(
    id: string,
    network: NetworkSpec,
    ports: readonly PortForward[] = [],
    idMap?: IdMap,
  ): Promise<Attachment> {
    checkContainerId(id);
    checkNetwork(network);
    checkPorts(ports, network);
    checkAddressesFree(network, this.#bridgeOf({ network }), networkInterfaces());
    return await this.#inTurn(async () => {
      await this.#options.plugins.require(['loopback', 'bridge', ...(ports.length > 0 ? (['portmap'] as const) : [])]);
      await this.#checkFree(id, ports);
      const netns = path.join(this.#options.runtimeDirectory, id);
      const users = idMap && { idMap, file: `${netns}.users` };
      const attachment: Attachment = { id, network, ports, netns, ...(users && { users: users.file }) };
      await this.#attachments.write(attachment);
      try {
        await makeNetworkNamespace(netns, users);
        const joined = { ...attachment, address: await this.#join(attachment) };
        await this.#attachments.write(joined);
        return joined;
      } catch (error) {
        await this.#undo(attachment).catch(() => undefined);
        throw error;
      }
    });
  }

  /** Takes a container out of its network, and removes what only it used. One that is in none is left alone. */
  async detach(id: string): Promise<void> {
    checkContainerId(id);
    await this.#inTurn(async () => {
      const attachment = await this.#attachments.read(id);
      if (attachment !== undefined) await this.#undo(attachment);
    });
  }

  /** The network a container is in. */
  async of(id: string): Promise<Attachment | undefined> {
    return await this.#attachments.read(checkContainerId(id));
  }

  /** Takes out all containers that are not named: those that a crash left. Their ids; those that failed are tried next time. */
  async sweep(known: ReadonlySet<string>): Promise<string[]> {
    const swept: string[] = [];
    for (const { id } of await this.#attachments.all()) {
      if (known.has(id)) continue;
      await this.detach(id).then(
        () => swept.push(id),
        () => undefined,
      );
    }
    return swept;
  }

  async #join(attachment: Attachment): Promise<string> {
    const { plugins } = this.#options;
    const base = this.#call(attachment);
    await plugins.call({ ...base, plugin: 'loopback', command: 'ADD', interface: 'lo', config: this.#loopback() });
    const result = await plugins.call({ ...base, plugin: 'bridge', command: 'ADD', config: this.#bridge(attachment) });
    if (attachment.network.internal === true) await closeToIpv6(this.#bridgeOf(attachment));
    if (attachment.ports.length > 0) {
      const config = { ...this.#portmap(attachment), prevResult: result };
      await plugins.call({ ...base, plugin: 'portmap', command: 'ADD', config });
    }
    return addressIn(result);
  }

  async #undo(attachment: Attachment): Promise<void> {
    const { plugins } = this.#options;
    const base = { ...this.#call(attachment), command: 'DEL' as const };
    if (attachment.ports.length > 0) {
      await plugins.call({ ...base, plugin: 'portmap', config: this.#portmap(attachment) });
    }
    await plugins.call({ ...base, plugin: 'bridge', config: this.#bridge(attachment) });
    await removeNamespace(attachment.netns);
    if (attachment.users !== undefined) await removeNamespace(attachment.users);
    await this.#attachments.remove(attachment.id);
    const { name } = attachment.network;
    const others = await this.#attachments.all();
    if (others.every(({ network }) => network.name !== name)) await removeBridge(this.#bridgeOf(attachment));
  }

  #call({ id, netns }: Attachment): { containerId: string; netns: string; interface: string } {
    return { containerId: id, netns, interface: INTERFACE };
  }

  #loopback(): Record<string, unknown> {
    return { cniVersion: CNI_VERSION, name: 'loopback', type: 'loopback' };
  }

  #bridgeOf({ network }: Pick<Attachment, 'network'>): string {
    return bridgeName(this.#options.owner, network.name);
  }

  #bridge(attachment: Attachment): Record<string, unknown> {
    const { subnet, internal = false } = attachment.network;
    const bridge = this.#bridgeOf(attachment);
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
        dataDir: path.join(this.#options.directory, 'addresses'),
        ranges: [[{ subnet }]],
        ...(!internal && { routes: [{ dst: '0.0.0.0/0' }] }),
      },
    };
  }

  #portmap({ network, ports }: Attachment): Record<string, unknown> {
    return {
      cniVersion: CNI_VERSION,
      name: this.#bridgeOf({ network }),
      type: 'portmap',
      capabilities: { portMappings: true },
      runtimeConfig: {
        portMappings: ports.map(({ hostPort, containerPort, protocol, hostAddress }) => ({
          hostPort,
          containerPort,
          protocol,
          ...(hostAddress !== undefined && { hostIP: hostAddress }),
        })),
      },
    };
  }

  /** Two rules for one port would both be there, and only the first would work. */
  async #checkFree(id: string, ports: readonly PortForward[]): Promise<void> {
    const others = await this.#attachments.all();
    if (others.some((other) => other.id === id)) {
      throw new AgentError('container-exists', `Cannot join "${id}" to a network: it is in one already`);
    }
    for (const port of ports) {
      const { hostPort, protocol } = port;
      const owner = others.find((other) => other.ports.some((each) => isSamePort(each, port)));
      if (owner === undefined && (await isPortFree(port))) continue;
      const whose = owner === undefined ? 'a program of the machine has it' : `the container "${owner.id}" has it`;
      throw new AgentError('port-taken', `Cannot forward port ${hostPort} (${protocol}) of the machine: ${whose}`);
    }
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return await mine;
  }
}

function isSamePort(a: PortForward, b: PortForward): boolean {
  const isEverywhere = a.hostAddress === undefined || b.hostAddress === undefined;
  return a.hostPort === b.hostPort && a.protocol === b.protocol && (isEverywhere || a.hostAddress === b.hostAddress);
}

function addressIn(result: unknown): string {
  const ips: unknown = typeof result === 'object' && result !== null && 'ips' in result ? result.ips : undefined;
  const first: unknown = Array.isArray(ips) ? ips[0] : undefined;
  const address: unknown =
    typeof first === 'object' && first !== null && 'address' in first ? first.address : undefined;
  if (typeof address === 'string') return address.replace(/\/\d+$/, '');
  throw new AgentError('unexpected-answer', 'Cannot join a container to its network: the plugin gave it no address');
}
