// A machine's network of a test's own, and somebody outside of it: rules and bridges do not touch the real machine.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { programPath } from './program-path.ts';
import { until } from './until.ts';

const run = promisify(execFile);

/** The longest any program here may take. */
const TIMEOUT_MS = 10_000;

export class OwnNetwork implements AsyncDisposable {
  /** The machine as somebody outside reaches it, and the other way round. */
  static readonly machine = '192.0.2.1';
  static readonly outside = '192.0.2.2';
  readonly #machine: ChildProcess;
  readonly #outside: ChildProcess;

  private constructor(machine: ChildProcess, outside: ChildProcess) {
    this.#machine = machine;
    this.#outside = outside;
  }

  static async begin(): Promise<OwnNetwork> {
    const made = new OwnNetwork(await hold('--net', '--mount'), await hold('--net'));
    const cable = ['link', 'add', 'wan', 'type', 'veth', 'peer', 'name', 'wan', 'netns'];
    await made.onMachine('ip', ...cable, String(made.#outside.pid));
    const ends = [
      ['onMachine', OwnNetwork.machine],
      ['outside', OwnNetwork.outside],
    ] as const;
    for (const [where, address] of ends) {
      await made[where]('ip', 'address', 'add', `${address}/24`, 'dev', 'wan');
      for (const name of ['lo', 'wan']) await made[where]('ip', 'link', 'set', name, 'up');
    }
    return made;
  }

  /** What runs a program on this machine: words before its own. */
  get through(): readonly string[] {
    return ['nsenter', `--net=${namespace(this.#machine, 'net')}`, `--mount=${namespace(this.#machine, 'mnt')}`, '--'];
  }

  get #throughOutside(): readonly string[] {
    return ['nsenter', `--net=${namespace(this.#outside, 'net')}`, '--'];
  }

  /** What a program says there. Rejects when it fails. */
  async onMachine(...words: string[]): Promise<string> {
    return await told([...this.through, ...words]);
  }

  async outside(...words: string[]): Promise<string> {
    return await told([...this.#throughOutside, ...words]);
  }

  /** Says a line to all who connect, on the machine or outside of it; resolves when it listens. */
  async serve(where: 'onMachine' | 'outside', port: number, line: string): Promise<AsyncDisposable> {
    const [program = '', ...words] = where === 'outside' ? this.#throughOutside : this.through;
    const busybox = programPath('busybox');
    const server = [busybox, 'nc', '-ll', '-p', String(port), '-e', busybox, 'echo', line];
    const running = spawn(program, [...words, ...server], { stdio: 'ignore' });
    await until('it listens', async () => (await this[where](busybox, 'netstat', '-ltn')).includes(`:${port} `));
    return {
      [Symbol.asyncDispose]: async () => {
        const ended = once(running, 'exit');
        running.kill('SIGKILL');
        await ended;
      },
    };
  }

  /** What is said at a port of the machine to somebody outside; nothing when nobody answers. */
  async heard(port: number, protocol: 'tcp' | 'udp' = 'tcp', address: string = OwnNetwork.machine): Promise<string> {
    return (await this.outside('sh', '-c', asking(address, port, protocol))).trim();
  }

  /** The same to a program of the machine itself. */
  async heardOnMachine(address: string, port: number): Promise<string> {
    return (await this.onMachine('sh', '-c', asking(address, port, 'tcp'))).trim();
  }

  /** From now on somebody outside sends what is for this address, which is everybody's own, to the machine. */
  async mistakeForMachine(loopback: string): Promise<void> {
    await this.outside('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/wan/route_localnet');
    await this.outside('ip', 'route', 'delete', 'local', '127.0.0.0/8', 'dev', 'lo', 'table', 'local');
    await this.outside('ip', 'route', 'add', `${loopback}/32`, 'via', OwnNetwork.machine);
  }

  /** Interfaces of the machine that were not there at first. */
  async links(): Promise<string[]> {
    const names = [...(await this.onMachine('ip', '-o', 'link')).matchAll(/^\d+: ([^:@]+)/gm)].map(([, name]) => name);
    return names.filter((name): name is string => name !== undefined && name !== 'lo' && name !== 'wan');
  }

  /** Rules that are about single containers and networks. */
  async rules(): Promise<string[]> {
    const all = await this.onMachine('iptables', '-t', 'nat', '-S');
    const ours = /^-[AN] CNI-(?:DN-|SN-|[0-9a-f])|dnat name|^-A POSTROUTING .*cx-/;
    const filter = await this.onMachine('iptables', '-S');
    return [
      ...all.split('\n').filter((line) => ours.test(line)),
      ...filter.split('\n').filter((line) => line.includes('cx-')),
    ];
  }

  /** Places below a directory where something is mounted. */
  mounts(directory: string): string[] {
    const text = readFileSync(`/proc/${String(this.#machine.pid)}/mountinfo`, 'utf8');
    return text
      .split('\n')
      .flatMap((line) => line.split(' ')[4] ?? [])
      .filter((place) => place.startsWith(directory));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const holder of [this.#outside, this.#machine]) {
      const ended = once(holder, 'exit');
      holder.stdin?.end();
      await ended;
    }
  }
}

function asking(address: string, port: number, protocol: 'tcp' | 'udp'): string {
  const busybox = programPath('busybox');
  const options = protocol === 'udp' ? '-u' : '-w 2';
  return `echo | ${busybox} timeout 2 ${busybox} nc ${options} ${address} ${port} || true`;
}

/** Holds namespaces for as long as its standard input is open. */
async function hold(...namespaces: string[]): Promise<ChildProcess> {
  const holder = spawn('unshare', [...namespaces, '--', 'sh', '-c', 'echo ready; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  return holder;
}

function namespace(holder: ChildProcess, kind: string): string {
  return `/proc/${String(holder.pid)}/ns/${kind}`;
}

async function told([program = '', ...args]: readonly string[]): Promise<string> {
  return (await run(program, args, { timeout: TIMEOUT_MS })).stdout;
}
