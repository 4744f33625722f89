import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { cpus, hostname, networkInterfaces } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fakeServices } from '../fakes/fake-builtin-services.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { callBuiltin, failBuiltin } from './call-builtin.ts';

type Row = Record<string, unknown>;

async function info(name: string, args?: object): Promise<Row> {
  return (await callBuiltin(`info.${name}`, args, fakeServices())) as Row;
}

async function rows(name: string, args?: object): Promise<Row[]> {
  return (await callBuiltin(`info.${name}`, args, fakeServices())) as Row[];
}

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

/** A number of `/proc/meminfo` in bytes. */
function meminfo(name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024;
}

describe('info.cpu', () => {
  test('tells of every processor what the kernel says', async () => {
    const processors = await rows('cpu');
    expect(processors).toHaveLength(cpus().length);
    expect(processors.map(({ cpu }) => cpu)).toEqual(cpus().map((_, number) => number));
    expect(processors[0]).toMatchObject({ modelName: cpus()[0]?.model.trim() });
    const flags = /^(?:flags|Features)\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(' ');
    expect(processors[0]?.['flags']).toEqual(flags);
    for (const name of ['family', 'model', 'stepping', 'mhz', 'cacheSize', 'cores'])
      if (processors[0]?.[name] !== undefined) expect(typeof processors[0][name]).toBe('number');
  });
});

describe('info.mem', () => {
  test('says in bytes what /proc/meminfo says', async () => {
    const memory = await info('mem');
    expect(memory['total']).toBe(meminfo('MemTotal'));
    expect(memory['swap']).toMatchObject({ total: meminfo('SwapTotal') });
    const { total, available, used, usedPercent } = memory as Record<string, number>;
    expect(used).toBe(total! - available!);
    expect(usedPercent).toBeCloseTo((used! / total!) * 100, 0);
    // It goes up and down meanwhile, by less than a tenth of all.
    expect(Math.abs(available! - meminfo('MemAvailable'))).toBeLessThan(total! / 10);
    expect(Math.abs((memory['cached'] as number) - meminfo('Cached'))).toBeLessThan(total! / 10);
  });
});

describe('info.os', () => {
  test('says what uname and the distribution say', async () => {
    const system = await info('os');
    expect(system).toMatchObject({ hostname: hostname(), os: 'linux', kernelVersion: run('uname', '-r') });
    const release = readFileSync('/etc/os-release', 'utf8');
    expect(system['platform']).toBe(/^ID="?([^"\n]*)"?$/m.exec(release)?.[1]);
    expect(system['bootTime']).toBe(Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]));
    expect(
      Math.abs((system['uptime'] as number) - Number(readFileSync('/proc/uptime', 'utf8').split('.')[0])),
    ).toBeLessThan(5);
    expect(system['procs']).toBeGreaterThan(1);
  });
});

describe('info.disk', () => {
  test('says of the root what df says', async () => {
    const root = (await rows('disk')).find(({ mountpoint }) => mountpoint === '/');
    const [, line = ''] = run('df', '-B1', '--output=size,used,avail,fstype', '/').split('\n');
    const [size, used, available, type] = line.trim().split(/\s+/);
    const use = root?.['use'] as Record<string, number>;
    expect(root).toMatchObject({ fstype: type });
    expect(use['total']).toBe(Number(size));
    expect(Math.abs(use['used']! - Number(used))).toBeLessThan(Number(size) / 10);
    expect(Math.abs(use['available']! - Number(available))).toBeLessThan(Number(size) / 10);
  });

  test('shows each disk once, and with all every mount that can be seen', async () => {
    const disks = await rows('disk');
    const all = await rows('disk', { all: true });
    expect(all.length).toBeGreaterThan(disks.length);
    const places = new Set(
      readFileSync('/proc/self/mountinfo', 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[4]),
    );
    expect(all.map(({ mountpoint }) => mountpoint).toSorted()).toEqual([...places].toSorted());
    expect(all.find(({ fstype }) => fstype === 'proc')).not.toHaveProperty('use');
  });
});

describe('info.nic', () => {
  test('says what the system says of each interface', async () => {
    const nics = await rows('nic');
    expect(nics.map(({ name }) => name)).toEqual(readdirSync('/sys/class/net').toSorted());
    const loopback = nics.find(({ name }) => name === 'lo');
    expect(loopback).toMatchObject({
      mtu: Number(readFileSync('/sys/class/net/lo/mtu', 'utf8')),
      flags: expect.arrayContaining(['up', 'loopback']),
    });
    for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
      const nic = nics.find((one) => one['name'] === name);
      expect(nic?.['addrs']).toEqual(addresses.map(({ cidr }) => ({ addr: cidr })));
      expect(nic?.['hardwareaddr']).toBe(addresses[0]?.mac);
    }
  });
});

describe('info.port', () => {
  async function listen(...place: [number, string] | [string]): Promise<Server> {
    const server = createServer();
    onTestFinished(() => void server.close());
    if (place.length === 1) server.listen(place[0]);
    else server.listen(place[0], place[1]);
    await once(server, 'listening');
    return server;
  }

  test('finds what this process listens on, with its number', async () => {
    await using directory = tempDir();
    const { port } = (await listen(0, '127.0.0.1')).address() as AddressInfo;
    const six = ((await listen(0, '::1').catch(() => undefined))?.address() ?? undefined) as AddressInfo | undefined;
    await listen(directory.at('a b'));
    const udp = createSocket('udp4');
    onTestFinished(() => void udp.close());
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const own = (await rows('port')).filter(({ pid }) => pid === process.pid);
    expect(own).toEqual(
      expect.arrayContaining([
        { network: 'tcp', ip: '127.0.0.1', port, pid: process.pid },
        { network: 'udp', ip: '127.0.0.1', port: udp.address().port, pid: process.pid },
        { network: 'unix', unix: directory.at('a b'), pid: process.pid },
        ...(six === undefined ? [] : [{ network: 'tcp6', ip: '::1', port: six.port, pid: process.pid }]),
      ]),
    );
    expect(await rows('port', { port, networks: ['tcp', 'tcp6'] })).toEqual([
      { network: 'tcp', ip: '127.0.0.1', port, pid: process.pid },
    ]);
    expect(await rows('port', { networks: ['unix'], limit: 1 })).toHaveLength(1);
  });

  test.each([[{ networks: ['ipx'] }], [{ port: 0 }], [{ port: '80' }], [{ limit: 0 }], [{ ports: 80 }]])(
    'refuses %j',
    async (args) => {
      expect(await failBuiltin('info.port', args, fakeServices())).toMatchObject({
        code: 'bad-arguments',
        number: 400,
      });
    },
  );
});

describe('info.version', () => {
  test('tells the versions of agent, protocol, Node and its parts', async () => {
    expect(await info('version')).toMatchObject({
      version: '1.2.3',
      protocol: 1,
      node: process.version,
      libraries: { v8: process.versions.v8 },
    });
  });
});

test.each(['cpu', 'mem', 'nic', 'os', 'version'])('info.%s takes no arguments', async (name) => {
  expect(await failBuiltin(`info.${name}`, { all: true }, fakeServices())).toMatchObject({
    code: 'bad-arguments',
    message: expect.stringContaining('"all"'),
  });
});
