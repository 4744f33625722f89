import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { networkInterfaces } from 'node:os';

import { AgentError } from '../../protocol/agent-error.ts';

/** A network of its own on this machine, which containers share by its name. */
export interface NetworkSpec {
  /** 1 to 64 letters, digits, "_", "." and "-". */
  readonly name: string;
  /** The addresses of its containers, such as `10.120.0.0/24`; the first is the machine's own. */
  readonly subnet: string;
  /** Whether it ends at this machine: no way to anywhere else, and no ports to its containers. Default: no. */
  readonly internal?: boolean;
}

/** A port of the machine that leads to one of a container. */
export interface PortForward {
  /** 1 to 65,535. */
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  /** IPv4 address of the machine. Default: all. */
  readonly hostAddress?: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const SHORTEST_PREFIX = 8;
const LONGEST_PREFIX = 29;

/** Errors: AgentError `bad-arguments`. */
export function checkNetwork(network: NetworkSpec): NetworkSpec {
  const { name, subnet } = network;
  if (!NAME.test(name)) {
    throw new AgentError(
      'bad-arguments',
      `Cannot use ${JSON.stringify(name.slice(0, 100))} as the name of a network: it must be 1 to 64 letters, digits, "_", "." and "-", and begin with a letter or digit`,
    );
  }
  const problem = problemOfSubnet(subnet);
  if (problem === undefined) return network;
  throw new AgentError(
    'bad-arguments',
    `Cannot use "${subnet}" for the network "${name}": ${problem}; write it as "10.120.0.0/24"`,
  );
}

/** What a network can't be called: these words stand for having none, and for the machine's own. */
const WORDS: readonly string[] = ['none', 'host'];

/** Networks that one machine can have at once. Errors: AgentError `bad-arguments`. */
export function checkNetworks(networks: readonly NetworkSpec[]): void {
  for (const [index, network] of networks.entries()) {
    checkNetwork(network);
    if (WORDS.includes(network.name)) {
      throw new AgentError(
        'bad-arguments',
        `Cannot call a network "${network.name}": that word has a meaning of its own; give it another name`,
      );
    }
    const other = networks.slice(0, index).find((before) => overlap(before.subnet, network.subnet));
    if (other === undefined) continue;
    throw new AgentError(
      'bad-arguments',
      `Cannot use "${network.subnet}" for the network "${network.name}": the network "${other.name}" has addresses of it, ${other.subnet}; give them ranges that do not meet`,
    );
  }
}

/**
 * Refuses addresses that the machine has already by an interface that is not the network's own `bridge`: it could reach only
 * one of both. Errors: AgentError `not-able`.
 */
export function checkAddressesFree(
  { name, subnet }: NetworkSpec,
  bridge: string,
  interfaces: ReturnType<typeof networkInterfaces>,
): void {
  for (const [each, addresses = []] of Object.entries(interfaces)) {
    const taken = addresses.find(
      ({ family, cidr, internal }) => family === 'IPv4' && !internal && cidr !== null && overlap(cidr, subnet),
    );
    if (each === bridge || taken === undefined) continue;
    throw new AgentError(
      'not-able',
      `Cannot join a container to the network "${name}": the machine has addresses of ${subnet} by its interface "${each}", ${taken.cidr ?? ''}; give the network another "subnet"`,
    );
  }
}

/** Of two ranges that meet, one is within the other. */
function overlap(one: string, other: string): boolean {
  const [first, second] = [rangeOf(one), rangeOf(other)];
  const size = 2 ** (32 - Math.min(first.prefix, second.prefix));
  return Math.floor(first.start / size) === Math.floor(second.start / size);
}

function rangeOf(subnet: string): { readonly start: number; readonly prefix: number } {
  const [address = '', prefix] = subnet.split('/');
  return { start: numberOf(address.split('.').map(Number)), prefix: Number(prefix) };
}

/** The four parts of an address as one number. */
function numberOf(parts: readonly number[]): number {
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function problemOfSubnet(subnet: string): string | undefined {
  const [, address = '', length = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(subnet) ?? [];
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => part > 255)) return 'it is no range of IPv4 addresses';
  const prefix = Number(length);
  if (prefix < SHORTEST_PREFIX || prefix > LONGEST_PREFIX) {
    return `its length must be ${SHORTEST_PREFIX} to ${LONGEST_PREFIX}`;
  }
  if (numberOf(parts) % 2 ** (32 - prefix) !== 0) return 'there are bits behind its length';
  const [first = 0, second = 0] = parts;
  const isPrivate =
    first === 10 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >= 64 && second < 128);
  return isPrivate ? undefined : 'it is not among the private ranges';
}

/** Errors: AgentError `bad-arguments`. */
export function checkPorts(ports: readonly PortForward[], { name, internal = false }: NetworkSpec): void {
  const refuse = (why: string): never => {
    throw new AgentError('bad-arguments', `Cannot forward ports to a container: ${why}`);
  };
  if (internal && ports.length > 0) refuse(`the network "${name}" is internal`);
  for (const [index, forward] of ports.entries()) {
    const { hostPort, containerPort, hostAddress } = forward;
    for (const port of [hostPort, containerPort]) {
      if (!Number.isInteger(port) || port < 1 || port > 65_535) refuse(`${port} is no port, which are 1 to 65535`);
    }
    if (hostAddress !== undefined && !isIPv4(hostAddress)) {
      refuse(`"${hostAddress}" is no IPv4 address of the machine`);
    }
    if (ports.slice(0, index).some((other) => isSamePort(other, forward))) {
      refuse(`port ${hostPort} of the machine stands there twice`);
    }
  }
}

/** Whether both can't be there at once: at one address at least, they are one port of the machine. */
export function isSamePort(one: PortForward, other: PortForward): boolean {
  const meet =
    one.hostAddress === other.hostAddress || [one, other].some(({ hostAddress }) => isEverywhere(hostAddress));
  return one.hostPort === other.hostPort && one.protocol === other.protocol && meet;
}

/** Whether a port is meant that is at all addresses of the machine. */
export function isEverywhere(hostAddress: string | undefined): boolean {
  return hostAddress === undefined || hostAddress === '0.0.0.0';
}

/** The port for people: `8080 (tcp)`, with its address where it has one of its own. */
export function portName({ hostPort, protocol, hostAddress }: PortForward): string {
  return isEverywhere(hostAddress) ? `${hostPort} (${protocol})` : `${hostPort} (${protocol}) at ${hostAddress ?? ''}`;
}

/** The name of a network's bridge on the machine: the kernel takes 15 characters. `owner` is the agent's own name. */
export function bridgeName(owner: string, network: string): string {
  return `cx-${createHash('sha256').update(`${owner}\0${network}`).digest('hex').slice(0, 10)}`;
}
