import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { requires } from '../../harness/requires.ts';
import { until } from '../../harness/until.ts';
import { finished, runningAgent, type RunningAgent } from '../corex.ts';
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

const jobOf = async (id: string) =>
  (await agent.json(['ps', '-a'])).jobs.find((job: { id: string }) => job.id === id) as
    { state: string; output: number; pid: number } | undefined;

/** Starts a job in the background. */
const begin = async (id: string, options: string[], ...words: string[]): Promise<void> => {
  expect(await agent.run(['exec', '-d', '--id', id, ...options, '-e', 'TERM=xterm', '--', ...words])).toMatchObject({
    code: 0,
  });
  await until('the job runs', async () => (await jobOf(id))?.state === 'running');
};

/** Attaches to a job by way of pipes. */
function attached(...args: string[]) {
  const child = agent.start(['attach', ...args]);
  let said = '';
  child.stdout?.on('data', (text: Buffer) => (said += text.toString()));
  return { child, end: finished(child), said: () => said, type: (text: string) => void child.stdin?.write(text) };
}

describe('corex attach to a job without a terminal', () => {
  test('shows what comes, after as many lines as wanted, and exits as the job does', async () => {
    const script = 'echo one; echo two; while read line; do echo "$line"; done; echo end >&2; exit 6';
    await begin('lines', ['-i'], 'sh', '-c', script);
    await until('it has said two lines', async () => (await jobOf('lines'))?.output === 8);
    const later = attached('lines', '--tail', '1');
    await until('it shows the last line', () => later.said() === 'two\n');
    const now = attached('lines');
    now.type('three\n');
    await until('both show the next', () => now.said() === 'three\n' && later.said() === 'two\nthree\n');
    await agent.run(['stdin', '--eof', 'lines']);
    expect(await now.end).toMatchObject({ code: 6, stderr: 'end\n' });
    expect(await later.end).toMatchObject({ code: 6, stderr: 'end\n' });
  });

  test('shows a job that has ended from its beginning, or its last lines', async () => {
    await agent.run(['run', '--id', 'over', '--', 'sh', '-c', 'echo one; echo two; exit 9']);
    expect(await agent.run(['attach', 'over'])).toMatchObject({ code: 9, stdout: Buffer.from('one\ntwo\n') });
    expect(await agent.run(['attach', '-n', '1', 'over'])).toMatchObject({ code: 9, stdout: Buffer.from('two\n') });
  });

  test('does not end the job’s input at the end of a pipe', async () => {
    await begin('piped', ['-i'], 'cat');
    const piped = agent.start(['attach', 'piped']);
    const end = finished(piped);
    piped.stdin?.end('from a pipe\n');
    await until('it was said', async () => (await jobOf('piped'))?.output === 12);
    expect((await jobOf('piped'))?.state).toBe('running');
    await agent.run(['stdin', '--eof', 'piped']);
    expect((await end).code).toBe(0);
  });

  test('Ctrl-C stops the job; a spectator’s does not', async () => {
    await begin('watched', ['-i'], 'cat');
    const [owner, spectator] = [attached('watched'), attached('watched', '--no-stdin', '--tail', '5')];
    owner.type('hello\n');
    await until('both show it', () => owner.said() === 'hello\n' && spectator.said() === 'hello\n');
    spectator.child.kill('SIGINT');
    expect(await spectator.end).toMatchObject({ signal: 'SIGINT' });
    expect((await jobOf('watched'))?.state).toBe('running');
    owner.child.kill('SIGINT');
    expect(await owner.end).toMatchObject({ code: 143 });
  });

  test('says when there is no such job', async () => {
    expect(await agent.run(['attach', 'nobody'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^corex: .*nobody/),
    });
  });
});

describe.runIf(requires('python3'))('corex attach to a terminal', () => {
  test('shows several the same, takes keys of all, and has the size of who came or changed last', async () => {
    await begin('shared', ['-t'], ...fullScreen);
    await using one = onTerminal(['attach', 'shared'], agent.dataDir, 100);
    await one.shows('size 100x24 xterm\nkeys .');
    await using two = onTerminal(['attach', 'shared'], agent.dataDir, 50);
    await two.shows('size 50x24 xterm\nkeys .');
    await one.shows('size 50x24 ');
    one.type('a');
    await two.shows('keys 97.');
    two.type('b');
    await one.shows('keys 97 98.');
    one.resize(101, 30);
    await two.shows('size 101x30 ');
    two.type(DETACH);
    expect(await two.ended).toBe(0);
    one.type('q');
    expect(await one.ended).toBe(3);
    expect(one.text()).toContain('keys 97 98 113.');
  });

  test('keys of two who type at once all arrive', async () => {
    await begin('both-type', ['-t'], ...fullScreen);
    await using one = onTerminal(['attach', 'both-type'], agent.dataDir);
    await using two = onTerminal(['attach', 'both-type'], agent.dataDir);
    await one.shows('keys .');
    await two.shows('keys .');
    for (let round = 0; round < 20; round += 1) {
      one.type('a');
      two.type('b');
      await new Promise(setImmediate);
    }
    const keys = (): string[] => /keys ([\d ]*)\.(?!.*keys )/s.exec(one.text())?.[1]?.split(' ') ?? [];
    await until('all have arrived', () => keys().length === 40);
    expect(keys().filter((key) => key === '97').length).toBe(20);
    one.type('q');
    expect([await one.ended, await two.ended]).toEqual([3, 3]);
  });

  test('a spectator sends nothing, leaves the size alone, and Ctrl-C is enough to go', async () => {
    await begin('exhibit', ['-t'], ...fullScreen);
    await using screen = onTerminal(['attach', '--no-stdin', 'exhibit'], agent.dataDir, 50);
    await screen.shows('size 80x24 ');
    screen.type('q\x03');
    expect(await screen.ended).toBe(0);
    expect(screen.text()).not.toContain('size 50x24');
    expect(screen.settings()).toBe('kept');
    expect((await jobOf('exhibit'))?.state).toBe('running');
    await agent.run(['kill', 'exhibit']);
  });

  test('shows the last lines of a program that writes line by line, and does not repeat its questions', async () => {
    const script = String.raw`for i in $(seq 50); do echo "line $i."; done; printf '\033[6nask\n'; read word; echo "got $word"`;
    await begin('shell', ['-t'], 'sh', '-c', script);
    await until('it asks', async () => ((await jobOf('shell'))?.output ?? 0) > 460);
    await using screen = onTerminal(['attach', 'shell'], agent.dataDir);
    await screen.shows('ask');
    expect(screen.text()).not.toContain('line 20.');
    expect(screen.text()).toContain('line 40.');
    expect(screen.text()).not.toContain('\u001B[6n');
    screen.type('it\r');
    await screen.shows('got it');
    expect(await screen.ended).toBe(0);
  });

  test('finds the job again after the agent was killed', async () => {
    await using other = await runningAgent();
    await other.run(['exec', '-dt', '--id', 'survivor', '-e', 'TERM=xterm', '--', ...fullScreen]);
    await using before = onTerminal(['attach', 'survivor'], other.dataDir);
    await before.shows('keys .');
    before.type('a');
    await before.shows('keys 97.');
    other.process.kill('SIGKILL');
    await before.shows('the connection to the agent is lost');
    await using _again = await restarted(other);
    await before.shows('connected again');
    before.type('b');
    await before.shows('keys 97 98.');
    await using after = onTerminal(['attach', 'survivor'], other.dataDir, 60);
    await after.shows('size 60x24 xterm\nkeys 97 98.');
    after.type('q');
    expect([await before.ended, await after.ended]).toEqual([3, 3]);
  });
});
