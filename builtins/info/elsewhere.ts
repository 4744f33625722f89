/**
 * The same facts where there is no `/proc`, and the make of processors that it does not name: by `systeminformation`,
 * which asks the system's own programs. It is loaded when it is needed, which on most machines it never is.
 */
import { asNumber } from './proc-fields.ts';

const MHZ_PER_GHZ = 1000;

interface KnownProcessor {
  readonly cpu: number;
  readonly flags: readonly string[];
}

/** Processors with what the system's programs say of them; as many as there are where none is known yet. */
export async function completeProcessors<Known extends KnownProcessor>(known: readonly Known[]) {
  const { cpu } = await import('systeminformation');
  const found = await cpu();
  const facts = {
    vendorId: told(found.vendor) ?? told(found.manufacturer),
    family: asNumber(found.family),
    model: asNumber(found.model),
    stepping: asNumber(found.stepping),
    cores: found.physicalCores > 0 ? found.physicalCores : undefined,
    modelName: told(found.brand),
    mhz: found.speed > 0 ? found.speed * MHZ_PER_GHZ : undefined,
    cacheSize: found.cache.l2 > 0 ? found.cache.l2 : undefined,
  };
  const numbers =
    known.length > 0
      ? known
      : Array.from({ length: found.cores }, (_, number) => ({
          cpu: number,
          flags: found.flags.split(' ').filter((flag) => flag !== ''),
        }));
  return numbers.map((processor) => ({ ...facts, ...definedOf(processor) }));
}

export async function readDisks() {
  const { fsSize } = await import('systeminformation');
  const disks = await fsSize();
  return disks.map(({ fs, mount, type, rw, size, used, available, use }) => ({
    device: fs,
    mountpoint: mount,
    fstype: type,
    opts: rw === false ? 'ro' : 'rw',
    use: { total: size, used, free: size - used, available, usedPercent: use },
  }));
}

export async function readInterfaces() {
  const { networkInterfaces } = await import('systeminformation');
  const found = await networkInterfaces(true);
  return found.map(({ iface, mtu, mac, internal, ip4, ip6, speed, operstate }) => ({
    name: iface,
    mtu: mtu ?? undefined,
    hardwareaddr: told(mac),
    flags: [...(operstate === 'up' ? ['up'] : []), ...(internal ? ['loopback'] : [])],
    addrs: [ip4, ip6].filter((address) => address !== '').map((addr) => ({ addr })),
    speed: speed !== null && speed > 0 ? speed : undefined,
    operstate: told(operstate),
  }));
}

export async function readSystem() {
  const { osInfo } = await import('systeminformation');
  const { platform, distro, release } = await osInfo();
  return { platform: told(platform)?.toLowerCase(), platformVersion: told(release), platformName: told(distro) };
}

export async function readPorts() {
  const { networkConnections } = await import('systeminformation');
  const connections = await networkConnections();
  return connections
    .filter(({ protocol, state }) => state === 'LISTEN' || protocol.startsWith('udp'))
    .map(({ protocol, localAddress, localPort, pid }) => ({
      network: protocol as 'tcp' | 'tcp6' | 'udp' | 'udp6',
      ip: localAddress,
      port: asNumber(localPort),
      pid: pid > 0 ? pid : undefined,
    }));
}

/** It says nothing by an empty text, or by a word for nothing. */
function told(text: string): string | undefined {
  return text === '' || text === 'unknown' ? undefined : text;
}

function definedOf<Facts extends object>(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Facts;
}
