// Containers in networks, by a whole agent, on a machine whose network is the test's own.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { again, attend } from '../harness/attend.ts';
import { type Change, codeOf, ContainerStage } from '../harness/container-stage.ts';
import { OwnNetwork } from '../harness/own-network.ts';
import { isAlive } from '../harness/processes.ts';
import { requires } from '../harness/requires.ts';
import { until } from '../harness/until.ts';

const NETWORKS = `
[containers.networks.lan]
subnet = "10.121.0.0/24"

[containers.networks.wide]
subnet = "10.123.0.0/24"

[containers.networks.closed]
subnet = "10.122.0.0/24"
internal = true
`;

/** Steps of the agent that every run of the suite dies at; COREX_ALL_FAULTS=true has the rest, too. */
const FAULTS = ['network.portmap.add:1', 'network.bridge.del:1'];
const MORE_FAULTS = [
  'containers.oci.network:1',
  'network.loopback.add:1',
  'network.bridge.add:1',
  'containers.oci.config:1',
  'containers.oci.planned:1',
  'containers.oci.delete:1',
  'network.portmap.del:1',
  'containers.oci.leave:1',
  'containers.clear.done:1',
];
const ALL = process.env['COREX_ALL_FAULTS'] === 'true';

const SLOW_PLUGIN = path.join(import.meta.dirname, '../fixtures/programs/slow-plugin.sh');

const NEEDS = ['root', 'mounts', 'runc', 'busybox', 'network plugins', 'iptables'] as const;

const NOTHING = { links: [], rules: [], mounts: [], namespaces: [], attachments: [], addresses: [] };

describe.runIf(requires(...NEEDS))('networks of containers', { timeout: ALL ? 600_000 : 60_000 }, () => {
  let machine: OwnNetwork;

  beforeAll(async () => {
    machine = await OwnNetwork.begin();
  });

  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
  });

  const begin = (config = NETWORKS): Promise<ContainerStage> =>
    ContainerStage.begin({ config, through: machine.through });

  describe('of an agent that stays', () => {
    let on: ContainerStage;

    beforeAll(async () => {
      on = await begin();
    }, 60_000);

    beforeEach(async () => {
      await on.clear();
    });

    afterAll(async () => {
      await on[Symbol.asyncDispose]();
    }, 60_000);

    test('let containers of one reach each other and the outside, and those of an internal one nobody else', async () => {
      await using _outside = await machine.serve('outside', 80, 'outside');
      await using _own = await machine.serve('onMachine', 80, 'machine');
      const [one = '', two = ''] = await Promise.all(['one', 'two'].map((text) => web(on, text, { network: 'lan' })));
      const [three = '', four = ''] = await Promise.all(
        ['three', 'four'].map((text) => web(on, text, { network: 'closed' })),
      );
      const [ofOne = '', ofTwo = '', ofThree = '', ofFour = ''] = await Promise.all(
        [one, two, three, four].map((id) => addressOf(on, id)),
      );
      expect([await heardIn(on, one, ofTwo), await heardIn(on, two, ofOne)]).toEqual(['two', 'one']);
      expect([await heardIn(on, three, ofFour), await heardIn(on, four, ofThree)]).toEqual(['four', 'three']);
      expect(await heardIn(on, one, OwnNetwork.outside)).toBe('outside');
      expect(await heardIn(on, one, ofThree)).toBe('');
      for (const address of [OwnNetwork.outside, OwnNetwork.machine, ofOne]) {
        expect([address, await heardIn(on, three, address)]).toEqual([address, '']);
      }
      await on.clear();
      expect(await left(on, machine)).toEqual(NOTHING);
    });

    test('lead a port of the machine into one for as long as it runs', async () => {
      const id = await web(on, 'port', { network: 'lan', ports: [{ host: 8080, container: 80 }] });
      expect(await machine.heard(8080)).toBe('port');
      await on.runState(id, 'stopped');
      expect(await machine.heard(8080)).toBe('');
      expect(await left(on, machine)).toEqual(NOTHING);
      expect(await on.state(id)).not.toHaveProperty('address');
      await on.runState(id, 'running');
      await until('it is back', async () => (await machine.heard(8080)) === 'port');
    });

    test('keep the containers of one from those of another, but for ports that are published', async () => {
      await using _outside = await machine.serve('outside', 80, 'outside');
      const [one, two] = await Promise.all([
        web(on, 'one', { network: 'lan', ports: [{ host: 8080, container: 80 }] }),
        web(on, 'two', { network: 'wide' }),
      ]);
      const [ofOne, ofTwo] = await Promise.all([addressOf(on, one), addressOf(on, two)]);
      expect(await Promise.all([heardIn(on, one, ofTwo), heardIn(on, two, ofOne)])).toEqual(['', '']);
      expect(await heardIn(on, two, OwnNetwork.machine, 8080)).toBe('one');
      expect(await heardIn(on, one, OwnNetwork.machine, 8080)).toBe('one');
      expect(await heardIn(on, two, OwnNetwork.outside)).toBe('outside');
      expect(await machine.heard(8080)).toBe('one');
      await on.destroy(one);
      expect((await left(on, machine))['rules']).not.toEqual([]);
      await on.destroy(two);
      expect(await left(on, machine)).toEqual(NOTHING);
    });

    test('lead a port of one address of the machine into one, and of another address into another', async () => {
      const at = (address: string): Change => ({
        network: 'lan',
        ports: [{ host: 8080, container: 80, host_ip: address }],
      });
      const loopback = '127.9.9.9';
      await web(on, 'for all', at(OwnNetwork.machine));
      await web(on, 'for the machine', at(loopback));
      expect(await machine.heard(8080)).toBe('for all');
      expect(await machine.heardOnMachine(loopback, 8080)).toBe('for the machine');
      // Somebody on the same cable can send to any address.
      await machine.mistakeForMachine(loopback);
      expect(await machine.heard(8080, 'tcp', loopback)).toBe('');
      for (const [address, code] of [
        [loopback, 'port-taken'],
        ['0.0.0.0', 'port-taken'],
        ['192.0.2.77', 'bad-arguments'],
        ['::1', 'bad-arguments'],
      ] as const) {
        expect([address, await codeOf(on.running(at(address)))]).toEqual([address, code]);
      }
      await expect(on.running(at('192.0.2.77'))).rejects.toThrow(
        /it has no address 192\.0\.2\.77; it has .*192\.0\.2\.1/,
      );
      await on.clear();
      expect(await left(on, machine)).toEqual(NOTHING);
    });

    test('are left by force where the plugins are gone, after that was told once', async () => {
      const id = await web(on, 'stuck', { network: 'lan', ports: [{ host: 8080, container: 80 }] });
      const stopped = await on.running({ network: 'lan' });
      await machine.onMachine('mount', '-t', 'tmpfs', 'none', pluginDirectory());
      try {
        await expect(on.runState(stopped, 'stopped')).rejects.toMatchObject({
          code: 'not-able',
          message: expect.stringMatching(/the plugin "bridge" is in none of .* by force/) as string,
        });
        expect(await on.state(stopped)).toMatchObject({ state: 'stopping', failure: { code: 'not-able' } });
        for (const each of [id, stopped]) {
          expect(await codeOf(on.destroy(each))).toBe('not-able');
          await on.destroy(each);
        }
        expect(await left(on, machine)).toEqual(NOTHING);
        await until('it is told', () => on.stage.said.includes('left its network without the plugins'));
      } finally {
        await machine.onMachine('umount', pluginDirectory());
      }
      await web(on, 'again', { network: 'lan', ports: [{ host: 8080, container: 80 }] });
      expect(await machine.heard(8080)).toBe('again');
    });

    test('refuse a port that another container or a program has, and leave who wanted it as it was', async () => {
      await using _own = await machine.serve('onMachine', 9090, 'machine');
      await web(on, 'first', { name: 'the-first', network: 'lan', ports: [{ host: 8080, container: 80 }] });
      const before = await left(on, machine);
      const second = await on.made();
      await on.runState(second, 'running');
      await on.runState(second, 'stopped');
      for (const [host, whose] of [
        [8080, /the container "the-first" \([0-9a-f-]{36}\) has it/],
        [9090, /a program of the machine has it/],
      ] as const) {
        const handle = await on.set('network', await on.handle(second), {
          network: 'lan',
          ports: [{ host, container: 80 }],
        });
        const commit = on.commit(await on.set('run_state', handle, { run_state: 'running' }));
        await expect(commit).rejects.toMatchObject({
          code: 'port-taken',
          message: expect.stringMatching(whose) as string,
        });
        expect(await on.state(second)).toMatchObject({ state: 'stopped' });
        expect(await left(on, machine)).toEqual(before);
      }
      expect(await machine.heard(8080)).toBe('first');
      const handle = await on.set('network', await on.handle(second), { network: 'none', ports: [] });
      await on.commit(await on.set('run_state', handle, { run_state: 'running' }));
    });

    test('tell who a container is, and whom it asks for names', async () => {
      const id = await on.running({ network: 'lan', hostname: 'box' });
      const address = await addressOf(on, id);
      expect(await on.state(id)).toHaveProperty('address', address);
      expect(await saidIn(on, id, 'cat', '/etc/hosts')).toBe(`127.0.0.1 localhost\n::1 localhost\n${address} box\n`);
      const known = readFileSync('/etc/resolv.conf', 'utf8');
      const usable = known.split('\n').filter((line) => !/^\s*nameserver\s+(127\.|::1)/.test(line));
      expect(await saidIn(on, id, 'cat', '/etc/resolv.conf')).toBe(usable.join('\n'));
    });

    test('are none unless asked for, never the machine’s own, and only those that there are', async () => {
      const alone = await on.running();
      expect((await saidIn(on, alone, 'ip', '-o', 'link')).match(/^\d+: [^:@]+/gm)).toEqual(['1: lo']);
      expect(await codeOf(on.running({ network: 'host' }))).toBe('forbidden');
      expect(await codeOf(on.running({ network: 'nowhere' }))).toBe('bad-arguments');
      expect(await codeOf(on.running({ ports: [{ host: 8080, container: 80 }] }))).toBe('bad-arguments');
    });
  });

  test('are the machine’s own where the configuration says so', async () => {
    await using on = await begin(`${NETWORKS}\n[containers]\nhost_network = true`);
    const id = await on.running({ network: 'host' });
    expect(await saidIn(on, id, 'ip', '-o', 'link')).toContain(': wan@');
    expect(await codeOf(on.running({ network: 'host', capabilities: ['net_admin'] }))).toBe('forbidden');
  });

  test('go on through pauses and under the next agent, which removes all of them', async () => {
    await using on = await begin();
    const id = await web(on, 'steady', { network: 'lan', ports: [{ host: 8080, container: 80 }] });
    const other = await on.running({ network: 'lan' });
    const address = await addressOf(on, id);
    const before = await left(on, machine);
    await on.call('container.pause', { container: id });
    expect(await machine.heard(8080)).toBe('');
    await on.call('container.resume', { container: id });
    expect(await machine.heard(8080)).toBe('steady');
    await on.stage.killAgent();
    expect(await machine.heard(8080)).toBe('steady');
    await on.stage.start();
    expect(await left(on, machine)).toEqual(before);
    expect(await heardIn(on, other, address)).toBe('steady');
    const late = await on.made({ network: 'lan', ports: [{ host: 8080, container: 80 }] });
    expect(await codeOf(on.runState(late, 'running'))).toBe('port-taken');
    await on.clear();
    expect(await left(on, machine)).toEqual(NOTHING);
  });

  test('go with the keeper, whoever has been in them', async () => {
    await using on = await begin();
    const change = { network: 'lan', ports: [{ host: 8080, container: 80 }] };
    const id = await web(on, 'gone', change);
    const closed = await on.running({ network: 'closed' });
    await on.stage.killAgent();
    await on.stage.killKeeper();
    await on.stage.start();
    for (const each of [id, closed]) await on.wait(each, 'stopped');
    expect(await left(on, machine)).toEqual(NOTHING);
    await on.runState(id, 'running');
    await until('it is back', async () => (await machine.heard(8080)) === 'gone');
  });

  test('let those go that nobody knows any more', async () => {
    await using on = await begin();
    await on.stage.restart('containers.oci.config:1:kill');
    void on.running({ network: 'lan', ports: [{ host: 8080, container: 80 }] }).catch(() => undefined);
    await on.stage.agentDied();
    expect(await left(on, machine)).not.toEqual(NOTHING);
    await on.stage.killKeeper();
    for (const name of ['corex.db', 'corex.db-wal']) rmSync(path.join(on.stage.dataDir, name), { force: true });
    await on.stage.start();
    await until('nothing is left', async () => isDeepStrictEqual(await left(on, machine), NOTHING));
  });

  test('are changed by no plugin that an agent before left running', async () => {
    await using on = await begin();
    const plugins = await slowBridge(on, machine);
    try {
      const name = on.name();
      void on.running({ name, network: 'lan' }).catch(() => undefined);
      const pid = await until('the plugin is begun', () => plugins.waiting());
      await on.stage.killAgent();
      expect(isAlive(pid)).toBe(true);
      await on.stage.start();
      await on.wait(name, 'running');
      expect(isAlive(pid)).toBe(false);
      await on.clear();
      expect(await left(on, machine)).toEqual(NOTHING);
    } finally {
      await plugins.remove();
    }
  });

  test('are joined and left whole although the agent dies at any step', async () => {
    await using on = await begin();
    for (const point of [...FAULTS, ...(ALL ? MORE_FAULTS : [])]) {
      await on.stage.restart(`${point}:kill`);
      using _attendance = attend(on.stage);
      const name = on.name();
      const ports = [{ host: 8080, container: 80 }];
      const retry = <Answer>(what: string, work: () => Promise<Answer>): Promise<Answer> =>
        again(`${what} at ${point}`, work);
      await retry('it runs', async () => {
        const known = (await on.list()).find((info) => info.name === name);
        if (known === undefined) await web(on, point.split(':')[0] ?? '', { name, network: 'lan', ports });
        else if (known.state !== 'running') await on.runState(name, 'running');
      });
      await retry('it is reached', async () => {
        expect(await machine.heard(8080)).toBe(point.split(':')[0]);
      });
      await retry('it stops', async () => {
        await on.runState(name, 'stopped');
        await on.wait(name, 'stopped');
      });
      expect([point, await left(on, machine)]).toEqual([point, NOTHING]);
      await retry('it goes', async () => on.clear());
      // The step must have been there to die at.
      expect([point, on.stage.hasDied]).toEqual([point, true]);
    }
  });
});

/** A container that says `text` to all who come to its port 80. */
async function web(on: ContainerStage, text: string, change: Change): Promise<string> {
  const script = `nc -ll -p 80 -e echo ${text} & trap "exit 0" TERM; sleep 1000 & wait`;
  const id = await on.script(script, change);
  await until('it listens', async () => (await saidIn(on, id, 'netstat', '-ltn')).includes(':80 '));
  return id;
}

/** What is said at port 80 of an address to a program in the container; nothing when nobody answers. */
async function heardIn(on: ContainerStage, id: string, address: string, port = 80): Promise<string> {
  return (await saidIn(on, id, 'sh', '-c', `echo | nc -w 2 ${address} ${port}`)).trim();
}

/** Where the machine has its plugins. */
function pluginDirectory(): string {
  return existsSync('/opt/cni/bin/bridge') ? '/opt/cni/bin' : '/usr/lib/cni';
}

interface SlowBridge {
  /** The number of the plugin that waits; undefined before there is one. */
  readonly waiting: () => number | undefined;
  readonly remove: () => Promise<void>;
}

/** Gives the machine a plugin for bridges that does not get on with its first container. */
async function slowBridge(on: ContainerStage, machine: OwnNetwork): Promise<SlowBridge> {
  const real = pluginDirectory();
  const slow = on.stage.at('plugins');
  mkdirSync(path.join(slow, 'real'), { recursive: true });
  cpSync(SLOW_PLUGIN, path.join(slow, 'bridge'));
  await machine.onMachine('mkfifo', path.join(slow, 'gate'));
  for (const name of namesIn(real)) if (name !== 'bridge') symlinkSync(`real/${name}`, path.join(slow, name));
  await machine.onMachine('mount', '--bind', real, path.join(slow, 'real'));
  await machine.onMachine('mount', '--rbind', slow, real);
  const note = path.join(slow, 'pid');
  const waiting = (): number | undefined => (existsSync(note) ? Number(readFileSync(note, 'utf8')) : undefined);
  return {
    waiting,
    remove: async () => {
      const pid = waiting();
      // The agent has ended it, unless the test failed.
      if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL');
      await machine.onMachine('umount', '-R', real);
      await machine.onMachine('umount', path.join(slow, 'real'));
    },
  };
}

async function saidIn(on: ContainerStage, id: string, ...words: string[]): Promise<string> {
  return (await on.exec(id, ...words)).streams[0];
}

async function addressOf(on: ContainerStage, id: string): Promise<string> {
  return /inet ([\d.]+)\//.exec(await saidIn(on, id, 'ip', '-4', 'address', 'show', 'dev', 'eth0'))?.[1] ?? 'none';
}

/** All that networks leave on the machine and on the disk. */
async function left({ stage }: ContainerStage, machine: OwnNetwork): Promise<Record<string, readonly string[]>> {
  const own = path.join(stage.dataDir, 'containers/made/.networks');
  const addresses = namesIn(path.join(own, 'addresses')).flatMap((network) =>
    namesIn(path.join(own, 'addresses', network)).filter((name) => /^\d+\./.test(name)),
  );
  return {
    links: await machine.links(),
    rules: await machine.rules(),
    mounts: machine.mounts(stage.at('run')),
    namespaces: namesIn(stage.at('run')).flatMap((name) =>
      name.startsWith('networks-') ? namesIn(stage.at('run', name)) : [],
    ),
    attachments: namesIn(path.join(own, 'attachments')),
    addresses,
  };
}

function namesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
