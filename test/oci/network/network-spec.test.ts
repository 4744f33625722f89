import { expect, test } from 'vitest';

import {
  bridgeName,
  checkAddressesFree,
  checkNetwork,
  checkNetworks,
  checkPorts,
} from '../../../src/oci/network/network-spec.ts';

test.each(['10.0.0.0/8', '10.120.0.0/24', '172.16.0.0/12', '192.168.1.8/29', '100.64.0.0/10'])(
  '`checkNetwork()` takes %s',
  (subnet) => {
    expect(checkNetwork({ name: 'lan', subnet })).toEqual({ name: 'lan', subnet });
  },
);

test.each([
  ['10.0.0.1/24', 'bits behind its length'],
  ['10.0.0.0/30', 'its length must be'],
  ['10.0.0.0/0', 'its length must be'],
  ['8.8.8.0/24', 'not among the private ranges'],
  ['127.0.0.0/24', 'not among the private ranges'],
  ['300.0.0.0/24', 'no range'],
  ['fd00::/64', 'no range'],
  ['', 'no range'],
])('`checkNetwork()` refuses %j', (subnet, why) => {
  expect(() => checkNetwork({ name: 'lan', subnet })).toThrow(why);
});

test.each(['', '-x', '../x', 'a b', 'x'.repeat(65)])('`checkNetwork()` takes %j for no name', (name) => {
  expect(() => checkNetwork({ name, subnet: '10.0.0.0/24' })).toThrow(
    expect.objectContaining({ code: 'bad-arguments' }),
  );
});

test('`checkNetworks()` refuses names with a meaning, and ranges that meet', () => {
  const bridge = { name: 'bridge', subnet: '10.120.0.0/24' };
  const refusal =
    (name: string, subnet: string): (() => void) =>
    () => {
      checkNetworks([bridge, { name, subnet }]);
    };
  expect(refusal('lan', '10.120.1.0/24')).not.toThrow();
  expect(refusal('lan', '192.168.0.0/16')).not.toThrow();
  for (const subnet of ['10.120.0.0/24', '10.120.0.0/16', '10.0.0.0/8', '10.120.0.128/25']) {
    expect(refusal('lan', subnet)).toThrow('the network "bridge" has addresses of it, 10.120.0.0/24');
  }
  expect(refusal('lan', '10.120.1.1/24')).toThrow('bits behind its length');
  expect(refusal('host', '10.120.1.0/24')).toThrow('that word has a meaning of its own');
});

test('`checkPorts()` refuses what can not be', () => {
  const network = { name: 'lan', subnet: '10.0.0.0/24' };
  const port = { hostPort: 80, containerPort: 8080, protocol: 'tcp' as const };
  const refusal =
    (ports: Parameters<typeof checkPorts>[0], internal = false): (() => void) =>
    () => {
      checkPorts(ports, { ...network, internal });
    };
  expect(refusal([port, { ...port, protocol: 'udp' }])).not.toThrow();
  expect(refusal([port, port])).toThrow('stands there twice');
  const at = (hostAddress: string) => ({ ...port, hostAddress });
  expect(refusal([at('127.0.0.1'), at('127.0.0.2')])).not.toThrow();
  expect(refusal([at('127.0.0.1'), at('127.0.0.1')])).toThrow('stands there twice');
  expect(refusal([at('127.0.0.1'), port])).toThrow('stands there twice');
  expect(refusal([at('127.0.0.1'), at('0.0.0.0')])).toThrow('stands there twice');
  expect(refusal([{ ...port, hostPort: 0 }])).toThrow('0 is no port');
  expect(refusal([{ ...port, containerPort: 65_536 }])).toThrow('65536 is no port');
  expect(refusal([{ ...port, hostAddress: '::1' }])).toThrow('no IPv4 address');
  expect(refusal([port], true)).toThrow('is internal');
});

test('`bridgeName()` is short, the same each time, and another for each agent and network', () => {
  const name = bridgeName('/var/lib/corex', 'lan');
  expect(name).toMatch(/^cx-[0-9a-f]{10}$/);
  expect(bridgeName('/var/lib/corex', 'lan')).toBe(name);
  expect(new Set([name, bridgeName('/var/lib/corex', 'lan2'), bridgeName('/other', 'lan')]).size).toBe(3);
});

test('`checkAddressesFree()` refuses what the machine has by another interface, and that alone', () => {
  const having = (cidr: string, internal = false) => [
    { address: '', netmask: '', family: 'IPv4' as const, mac: '', internal, cidr },
  ];
  const lan = { name: 'lan', subnet: '10.120.0.0/24' };
  const check = (interfaces: Parameters<typeof checkAddressesFree>[2]) => () => {
    checkAddressesFree(lan, 'cx-own', interfaces);
  };
  expect(
    check({ 'cx-own': having('10.120.0.1/24'), eth0: having('10.121.0.7/24'), lo: having('10.120.0.9/8', true) }),
  ).not.toThrow();
  for (const cidr of ['10.120.0.1/24', '10.120.0.200/32', '10.0.0.5/8']) {
    expect(check({ eth0: having(cidr) })).toThrow(
      expect.objectContaining({ code: 'not-able', message: expect.stringContaining(`"eth0", ${cidr}`) as string }),
    );
  }
});
