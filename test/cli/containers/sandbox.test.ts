// A program in a container of its own, on a terminal.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { ContainerInfo } from '../../../src/protocol/container.ts';
import { requires } from '../../harness/requires.ts';
import { makeTinyRoot } from '../../harness/tiny-root.ts';
import { until } from '../../harness/until.ts';
import { runningAgent, type RunningAgent } from '../corex.ts';
import { onTerminal, type TerminalScreen } from '../terminal.ts';

const able = requires('root', 'runc', 'busybox', 'mounts', 'python3');
const IMAGE = ['run', '--image', 'tiny'] as const;
/** Ctrl-P Ctrl-Q. */
const DETACH = '\u0010\u0011';

describe.runIf(able)('corex run --image -it', { timeout: 60_000 }, () => {
  let agent: RunningAgent;

  beforeAll(async () => {
    agent = await runningAgent();
    const root = makeTinyRoot(agent.directory.at('root'));
    expect(await agent.run(['image', 'import', '--name', 'tiny', `directory:${root}`])).toMatchObject({ code: 0 });
  }, 60_000);

  afterAll(async () => {
    for (const { id } of able ? await list() : []) await agent.run(['containers', 'remove', '--force', id]);
    await agent?.[Symbol.asyncDispose]();
  }, 60_000);

  async function list(): Promise<ContainerInfo[]> {
    return ((await agent.json(['containers'])) as { containers: ContainerInfo[] }).containers;
  }

  const isGone = (): Promise<unknown> => until('the container is gone', async () => (await list()).length === 0);
  const open = (...args: string[]): TerminalScreen => onTerminal(args, agent.dataDir, 91);

  test('gives a shell a terminal of this kind and size, and exits as it does', async () => {
    await using screen = open(...IMAGE, '-it', '--', 'sh');
    await screen.shows('# ');
    screen.type('stty size; tty; echo kind $TERM; test -t 0 && echo on a terminal\n');
    await screen.shows('24 91');
    await screen.shows('/dev/pts/0');
    await screen.shows('kind xterm-256color');
    await screen.shows('\non a terminal');
    screen.type('sh -c "echo sl\'\'eeps; exec sleep 1000"\n');
    await screen.shows('\nsleeps');
    screen.type('\u0003');
    screen.type('echo code $?\n');
    await screen.shows('code 130');
    screen.resize(70, 20);
    // It hears of it in its own time.
    screen.type('until stty size | grep -q "20 70"; do sleep 0.05; done; echo resized to $(stty size)\n');
    await screen.shows('resized to 20 70');
    screen.type('exit 7\n');
    expect(await screen.ended).toBe(7);
    expect(screen.settings()).toBe('kept');
    expect(screen.text()).not.toContain('corex:');
    await isGone();
  });

  test('can be left and come back to, and is removed at its end all the same', async () => {
    await using screen = open(...IMAGE, '-it', '--id', 'left', '--', 'sh');
    await screen.shows('# ');
    screen.type('echo began-$((40 + 2))\n');
    await screen.shows('began-42');
    screen.type(DETACH);
    expect(await screen.ended).toBe(0);
    expect(screen.settings()).toBe('kept');
    const job = /corex attach (\S+) comes back to it/.exec(screen.text())?.[1] ?? '';
    expect(await list()).toMatchObject([{ name: 'left', state: 'running' }]);
    await using back = open('attach', job);
    await back.shows('began-42');
    back.type('exit 3\n');
    expect(await back.ended).toBe(3);
    await isGone();
  });

  test('tells a program that a signal ended by 128 and its number, and one that can not run as shells do', async () => {
    await using killed = open(...IMAGE, '-it', '--', 'sh', '-c', 'sh -c "kill -9 \\$\\$"; exit $?');
    expect(await killed.ended).toBe(137);
    await using missing = open(...IMAGE, '-it', '--', '/none');
    expect(await missing.ended).toBe(127);
    expect(missing.text()).toContain('Cannot run "/none" in the container: there is no such program');
    await using file = open(...IMAGE, '-it', '--', '/etc/passwd');
    expect(await file.ended).toBe(126);
    await agent.run([
      'run',
      '-d',
      '--id',
      'box',
      '--image',
      'tiny',
      '--',
      'sh',
      '-c',
      'trap "exit 0" TERM; sleep 1000 & wait',
    ]);
    await using exec = open('exec', '-it', 'box', '--', '/none');
    expect(await exec.ended).toBe(127);
    await agent.run(['containers', 'stop', 'box']);
    await isGone();
  });

  test('-t is the time limit without --image, and refused where there is no terminal', async () => {
    expect(await agent.run(['run', '-t', '10s', '--', 'true'])).toMatchObject({ code: 0 });
    const refusals: [string[], string][] = [
      [[...IMAGE, '-it', '--', 'sh'], 'standard output is no terminal'],
      [['run', '-it', '--image', 'tiny', '--json', '--', 'sh'], '--json with --tty'],
      [['run', '--tty', '--', 'sh'], '--tty without --image'],
      [['run', '-t', '1s', '--', 'sh', '--image', 'tiny', '-c', 'true'], ''],
    ];
    for (const [args, text] of refusals) expect((await agent.run(args)).stderr, args.join(' ')).toContain(text);
    await isGone();
  });

  test('-d leaves it to the agent on a terminal to come back to', async () => {
    const { stdout } = await agent.run([...IMAGE, '-dt', '--', 'sh', '-c', 'tty; read line; exit 4']);
    await using screen = open('attach', stdout.toString().trim());
    await screen.shows('/dev/pts/0');
    screen.type('\n');
    expect(await screen.ended).toBe(4);
    await isGone();
  });
});
