import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { isAlive } from '../../harness/processes.ts';
import { requires } from '../../harness/requires.ts';
import { until } from '../../harness/until.ts';
import { within } from '../../harness/within.ts';
import { corex, runningAgent, type RunningAgent } from '../corex.ts';
import { restarted } from '../restarted-agent.ts';
import { fullScreen, onTerminal } from '../terminal.ts';

const DETACH = '\x10\x11';

let agent: RunningAgent;

beforeAll(async () => {
  agent = await runningAgent();
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
});

const stateOf = async (id: string): Promise<string> =>
  (await agent.json(['ps', '-a'])).jobs.find((job: { id: string }) => job.id === id)?.state;

describe('corex exec without a terminal', () => {
  test('passes on both streams, the input and the exit code', async () => {
    const script = 'cat; echo error >&2; exit 7';
    const { code, stdout, stderr } = await agent.run(['exec', '-i', '--', 'sh', '-c', script], { input: 'typed\0' });
    expect([code, stdout.toString(), stderr]).toEqual([7, 'typed\0', 'error\n']);
  });

  test('gives the job no input without -i', async () => {
    expect((await agent.run(['exec', 'cat'], { input: 'not for you' })).stdout.length).toBe(0);
  });

  test('--json gives the result', async () => {
    const { code, stdout } = await agent.run(['exec', '--json', '--', 'sh', '-c', 'echo hi; exit 4']);
    expect([code, JSON.parse(stdout.toString())]).toEqual([4, expect.objectContaining({ streams: ['hi\n', ''] })]);
  });

  test('-d leaves the job to the agent, on a terminal if that is wanted', async () => {
    const { code, stdout } = await agent.run(['exec', '-dt', '--id', 'aside', '--', 'sh', '-c', 'stty size; tty -s']);
    expect([code, stdout.toString()]).toEqual([0, 'aside\n']);
    expect((await agent.run(['wait', 'aside'])).code).toBe(0);
    expect((await agent.run(['logs', 'aside'])).stdout.toString()).toBe('24 80\r\n');
  });

  test.each([
    [['exec', '-t', 'true'], 'standard output is no terminal'],
    [['exec', '-it', 'true'], 'standard output is no terminal'],
    [['exec', '-t', '--json', 'true'], 'Cannot use --json with --tty'],
    [['exec'], 'the program is missing'],
    [['exec', '-d', '--detach-keys', 'ctrl-ä', 'true'], 'Cannot read --detach-keys "ctrl-ä"'],
    [['exec', '--queue', 'q', 'true'], 'unknown option "--queue"'],
  ])('refuses %j, and teaches', async (args, message) => {
    // Without an agent: the command line is read first.
    const { code, stderr } = await corex(args, { env: { COREX_DATA_DIR: '/nonexistent' } });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain('corex help exec tells how it works');
  });
});

describe.runIf(requires('python3'))('corex exec -it', () => {
  test('gives the program a terminal of this kind and size, and every key', async () => {
    await using screen = onTerminal(['exec', '-it', '--', ...fullScreen], agent.dataDir, 91);
    // The line feed comes as the program wrote it.
    await screen.shows('size 91x24 xterm-256color\nkeys .');
    screen.type('a\x03\x1a\x1b[A');
    await screen.shows('keys 97 3 26 27 91 65.');
    screen.resize(70, 20);
    await screen.shows('size 70x20 ');
    screen.type('q');
    expect(await screen.ended).toBe(3);
    expect(screen.settings()).toBe('kept');
    expect(screen.text()).not.toContain('corex:');
  });

  test('gives the terminal back as it was when the program dies with it changed', async () => {
    await using screen = onTerminal(['exec', '-it', '--', ...fullScreen], agent.dataDir);
    await screen.shows('keys .');
    screen.type('k');
    expect(await screen.ended).toBe(137);
    expect(screen.text()).toContain('\u001B>\u001B[?1l\u001B[?1049l');
    expect(screen.text()).toContain('ended by SIGKILL');
    expect(screen.settings()).toBe('kept');
  });

  test('the detach keys leave the job running, and attach shows it again', async () => {
    await using screen = onTerminal(['exec', '-it', '--id', 'left', '--', ...fullScreen], agent.dataDir);
    await screen.shows('keys .');
    screen.type(`ab${DETACH}c`);
    expect(await screen.ended).toBe(0);
    expect(screen.text()).toContain('\u001B[?1049l');
    expect(screen.text()).toContain('corex attach left comes back to it');
    expect(screen.settings()).toBe('kept');
    await using back = onTerminal(['attach', 'left'], agent.dataDir, 66);
    await back.shows('\u001B[?1049h');
    await back.shows('size 66x24 xterm-256color\nkeys 97 98.');
    back.type('cq');
    expect(await back.ended).toBe(3);
    expect(back.text()).toContain('keys 97 98 99 113.');
  });

  test('takes other detach keys, and passes on what only begins like them', async () => {
    const args = ['exec', '-it', '--id', 'keys', '--detach-keys', 'x,y', '--', ...fullScreen];
    await using screen = onTerminal(args, agent.dataDir);
    await screen.shows('keys .');
    screen.type('\x10\x11xa');
    await screen.shows('keys 16 17 120 97.');
    screen.type('x');
    // Nothing follows, so it was meant for the program.
    await screen.shows('keys 16 17 120 97 120.');
    screen.type('xy');
    expect(await screen.ended).toBe(0);
    await agent.run(['kill', 'keys']);
  });

  test('SIGTERM leaves the job running and the terminal as it was', async () => {
    await using screen = onTerminal(['exec', '-it', '--id', 'asked', '--', ...fullScreen], agent.dataDir);
    await screen.shows('keys .');
    screen.signal('SIGTERM');
    expect(await screen.ended).toBe(143);
    expect(screen.settings()).toBe('kept');
    expect(await stateOf('asked')).toBe('running');
    await agent.run(['kill', 'asked']);
  });

  test('a window that is closed leaves the job running', async () => {
    const screen = onTerminal(['exec', '-it', '--id', 'closed', '--', ...fullScreen], agent.dataDir);
    await screen.shows('keys .');
    const pid = await screen.pid();
    screen.close();
    await screen.ended;
    await until('the session is over', () => !isAlive(pid));
    expect(await stateOf('closed')).toBe('running');
    await agent.run(['kill', 'closed']);
  });

  test('without -i only Ctrl-C goes to the job', async () => {
    const script = 'trap "echo interrupted; exit 5" INT; echo ready; while :; do sleep 0.05; done';
    await using screen = onTerminal(['exec', '-t', '--', 'sh', '-c', script], agent.dataDir);
    await screen.shows('ready');
    screen.type('typed\x03');
    await screen.shows('interrupted');
    expect(await screen.ended).toBe(5);
    expect(screen.text()).not.toContain('typed');
  });

  test('tells in a line why a program could not be started', async () => {
    await using screen = onTerminal(['exec', '-it', 'no-such-program-anywhere'], agent.dataDir);
    expect(await screen.ended).toBe(127);
    expect(screen.text()).toMatch(/corex:.* Cannot find program "no-such-program-anywhere"/);
    expect(screen.settings()).toBe('kept');
  });

  test('a terminal that takes nothing slows only itself down', async () => {
    const script = 'head -c 60000000 /dev/zero | tr "\\0" x; echo all said';
    await using screen = onTerminal(['exec', '-it', '--id', 'flood', '--', 'sh', '-c', script], agent.dataDir);
    await screen.shows('xxx');
    screen.freeze(true);
    const pid = await screen.pid();
    expect((await within(60_000, 'the end of the job', agent.run(['wait', 'flood']))).code).toBe(0);
    expect((await agent.run(['run', '--', 'echo', 'meanwhile'])).stdout.toString()).toBe('meanwhile\n');
    expect(rssOf(pid)).toBeLessThan(200 * 1024 * 1024);
    screen.freeze(false);
    expect(await within(60_000, 'the end of the session', screen.ended)).toBe(0);
    expect(screen.text()).toContain('all said');
    expect(screen.text().replaceAll(/[^x]/g, '').length).toBe(60_000_000);
  });
});

describe.runIf(requires('python3'))('corex exec -it when the agent is killed', () => {
  test('goes on where it was: nothing is shown twice or lost, and what is typed arrives', async () => {
    await using other = await runningAgent();
    const script =
      'i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo "line $i."; sleep 0.02; done; read word; echo "got $word"';
    await using screen = onTerminal(['exec', '-it', '--', 'sh', '-c', script], other.dataDir);
    await screen.shows('line 5.');
    other.process.kill('SIGKILL');
    await screen.shows('the connection to the agent is lost');
    screen.type('some');
    await using _again = await restarted(other);
    await screen.shows('connected again');
    screen.type('thing\r');
    expect(await screen.ended).toBe(0);
    const lines = [...screen.text().matchAll(/line (\d+)\./g)].map(([, number]) => Number(number));
    expect(lines).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(screen.text()).toContain('got something');
    expect(screen.settings()).toBe('kept');
  });
});

/** Memory of a process, bytes. */
function rssOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}
