import { readdir } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { defineBuiltin } from 'corex/builtin';
import { asNumber, readSmall } from './proc-fields.ts';

const FOLDER = '/sys/class/net';
const FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [0x1, 'up'],
  [0x2, 'broadcast'],
  [0x8, 'loopback'],
  [0x10, 'pointtopoint'],
  [0x40, 'running'],
  [0x1000, 'multicast'],
];

export const infoNic = defineBuiltin({
  name: 'info.nic',
  summary: 'Network interfaces: addresses, state, speed in Mbit/s where it is known.',
  example: {
    data: [
      {
        name: 'eth0',
        mtu: 1500,
        hardwareaddr: '52:54:00:12:34:56',
        flags: ['up', 'broadcast', 'multicast'],
        addrs: [{ addr: '192.168.1.7/24' }],
        speed: 1000,
        carrier: true,
        operstate: 'up',
      },
    ],
  },
  run: async () => {
    const names = await readdir(FOLDER).catch(() => undefined);
    if (names === undefined) return (await import('./elsewhere.ts')).readInterfaces();
    // A file of the bonding driver stands among the interfaces.
    const found = await Promise.all(names.toSorted().map((name) => describe(name)));
    return found.filter((nic) => nic !== undefined);
  },
});

async function describe(name: string) {
  const read = (file: string): Promise<string | undefined> => readSmall(`${FOLDER}/${name}/${file}`);
  const [mtu, hardwareaddr, flags, speed, carrier, operstate] = await Promise.all(
    ['mtu', 'address', 'flags', 'speed', 'carrier', 'operstate'].map(read),
  );
  if (mtu === undefined) return undefined;
  const bits = Number(flags ?? 0);
  const mbits = asNumber(speed);
  return {
    name,
    mtu: asNumber(mtu),
    hardwareaddr,
    flags: FLAGS.filter(([bit]) => (bits & bit) !== 0).map(([, word]) => word),
    addrs: (networkInterfaces()[name] ?? []).map(({ cidr, address }) => ({ addr: cidr ?? address })),
    // -1 stands for unknown, and one that is down has none to tell.
    speed: mbits !== undefined && mbits > 0 ? mbits : undefined,
    carrier: carrier === undefined ? undefined : carrier === '1',
    operstate,
  };
}
