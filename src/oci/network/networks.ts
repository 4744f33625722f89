import { networkInterfaces } from 'node:os';
import path from 'node:path';

import { AgentError, errorMessage } from '../../protocol/agent-error.ts';
import { checkContainerId } from '../container-id.ts';
import type { IdMap } from '../id-map.ts';
import { type Attachment, Attachments } from './attachments.ts';
import type { CniPlugins } from './cni-plugins.ts';
import { isPortFree } from './free-port.ts';
import type { Iptables } from './iptables.ts';
import { endIsolation, isolate } from './isolation.ts';
import { closeToIpv6, makeNetworkNamespace, removeBridge, removeNamespace } from './network-namespace.ts';
import {
  bridgeName,
  checkAddressesFree,
  checkNetwork,
  checkPorts,
  isSamePort,
  type NetworkSpec,
  type PortForward,
  portName,
} from './network-spec.ts';
import { addressIn, bridgeConfig, LOOPBACK_CONFIG, portmapConfig } from './plugin-config.ts';
import { releaseByHand } from './release-by-hand.ts';

export interface NetworksOptions {
  /** The agent's own; it holds which container is in which network, and which addresses are given away. */
  readonly directory: string;
  /** Where the networks of containers are held: on a file system that a restart of the machine empties. */
  readonly runtimeDirectory: string;
  /** The agent's own name: its bridges are told by it from those of others. */
  readonly owner: string;
  readonly plugins: CniPlugins;
  readonly iptables: Iptables;
  /** Ends what an agent before this one started and left running; called once, before the first change. Errors: AgentError when it can't. */
  readonly endEarlier?: () => Promise<void>;
  /** What people call a container. Default: its id. */
  readonly nameOf?: (id: string) => string | undefined;
  /** Told what does not keep containers from their networks: a sentence. */
  readonly onTrouble?: (why: string) => void;
}

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
  #isAlone = false;
  /** What was told is not told again. */
  readonly #told = new Set<string>();

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
        await makeNetworkNamespace(netns, users, this.#options.plugins.env);
        await this.#isolate(attachment);
        const joined = { ...attachment, address: await this.#join(attachment) };
        await this.#attachments.write(joined);
        return joined;
      } catch (error) {
        await this.#undo(attachment).catch(() => undefined);
        throw error;
      }
    });
  }

  /**
   * Takes a container out of its network, and removes what only it used. One that is in none is left alone. With `force` it
   * is out of it in any case: what plugins fail to undo is undone without them, and what may be left is told.
   */
  async detach(id: string, { force = false }: { readonly force?: boolean } = {}): Promise<void> {
    checkContainerId(id);
    await this.#inTurn(async () => {
      const attachment = await this.#attachments.read(id);
      if (attachment !== undefined) await this.#undo(attachment, force);
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
    await plugins.call({ ...base, plugin: 'loopback', command: 'ADD', interface: 'lo', config: LOOPBACK_CONFIG });
    const result = await plugins.call({ ...base, plugin: 'bridge', command: 'ADD', config: this.#bridge(attachment) });
    if (attachment.network.internal === true) await closeToIpv6(this.#bridgeOf(attachment));
    if (attachment.ports.length > 0) {
      const config = { ...this.#portmap(attachment), prevResult: result };
      await plugins.call({ ...base, plugin: 'portmap', command: 'ADD', config });
    }
    return addressIn(result);
  }

  async #undo(attachment: Attachment, force = false): Promise<void> {
    const { id, network, netns, users } = attachment;
    try {
      await this.#part(attachment);
    } catch (error) {
      if (!force) throw error;
      await this.#partByHand(attachment, error);
    }
    await removeNamespace(netns);
    if (users !== undefined) await removeNamespace(users);
    const others = (await this.#attachments.all()).filter((other) => other.id !== id);
    const isLast = others.every((other) => other.network.name !== network.name);
    if (isLast) {
      await endIsolation(this.#options.iptables, this.#bridgeOf(attachment)).catch((error: unknown) => {
        this.#tell(`The rules of the network "${network.name}" may be left: ${errorMessage(error)}`);
      });
      await removeBridge(this.#bridgeOf(attachment));
    }
    await this.#attachments.remove(id);
  }

  async #part(attachment: Attachment): Promise<void> {
    const { plugins } = this.#options;
    const base = { ...this.#call(attachment), command: 'DEL' as const };
    if (attachment.ports.length > 0) {
      await plugins.call({ ...base, plugin: 'portmap', config: this.#portmap(attachment) });
    }
    await plugins.call({ ...base, plugin: 'bridge', config: this.#bridge(attachment) });
  }

  async #partByHand(attachment: Attachment, why: unknown): Promise<void> {
    const { id } = attachment;
    const left = await releaseByHand({
      id,
      network: this.#bridgeOf(attachment),
      addresses: this.#addresses,
      iptables: this.#options.iptables,
    });
    const rest = left.length === 0 ? 'nothing of it is left' : `these may be left: ${left.join('; ')}`;
    this.#tell(
      `The container "${this.#nameOf(id)}" left its network without the plugins (${errorMessage(why)}); ${rest}`,
    );
  }

  /** A machine that can't do so has its containers all the same, as doctor tells. */
  async #isolate({ network }: Attachment): Promise<void> {
    const { iptables } = this.#options;
    try {
      await isolate(iptables, this.#bridgeOf({ network }), network.internal === true);
    } catch (error) {
      this.#tell(
        `Containers of the network "${network.name}" are not kept from those of others: ${errorMessage(error)}`,
      );
    }
  }

  #tell(why: string): void {
    if (this.#told.has(why)) return;
    this.#told.add(why);
    this.#options.onTrouble?.(why);
  }

  #nameOf(id: string): string {
    return this.#options.nameOf?.(id) ?? id;
  }

  get #addresses(): string {
    return path.join(this.#options.directory, 'addresses');
  }

  #call({ id, netns }: Attachment): { containerId: string; netns: string; interface: string } {
    return { containerId: id, netns, interface: INTERFACE };
  }

  #bridgeOf({ network }: Pick<Attachment, 'network'>): string {
    return bridgeName(this.#options.owner, network.name);
  }

  #bridge({ network }: Attachment): Readonly<Record<string, unknown>> {
    return bridgeConfig(this.#bridgeOf({ network }), network, this.#addresses);
  }

  #portmap({ network, ports }: Attachment): Readonly<Record<string, unknown>> {
    return portmapConfig(this.#bridgeOf({ network }), ports);
  }

  /** Two rules for one port would both be there, and only the first would work. */
  async #checkFree(id: string, ports: readonly PortForward[]): Promise<void> {
    const others = await this.#attachments.all();
    if (others.some((other) => other.id === id)) {
      throw new AgentError('container-exists', `Cannot join "${id}" to a network: it is in one already`);
    }
    for (const port of ports) {
      const owner = others.find((other) => other.ports.some((each) => isSamePort(each, port)));
      if (owner === undefined && (await isPortFree(port))) continue;
      const whose = owner === undefined ? 'a program of the machine has it' : `${this.#naming(owner.id)} has it`;
      throw new AgentError('port-taken', `Cannot forward port ${portName(port)} of the machine: ${whose}`);
    }
  }

  #naming(id: string): string {
    const name = this.#nameOf(id);
    return name === id ? `the container "${id}"` : `the container "${name}" (${id})`;
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(async () => {
      if (!this.#isAlone) await this.#options.endEarlier?.();
      this.#isAlone = true;
      return await work();
    });
    this.#turn = mine.catch(() => undefined);
    return await mine;
  }
}
