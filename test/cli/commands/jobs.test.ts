import { stripVTControlCharacters } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { requires } from '../../harness/requires.ts';
import { until } from '../../harness/until.ts';
import { agentWithJobs } from '../agent-with-jobs.ts';
import { finished, type RunningAgent } from '../corex.ts';
import { onTerminal } from '../terminal.ts';

let agent: RunningAgent;

beforeAll(async () => {
  agent = await agentWithJobs();
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
});

const ids = (jobs: { id: string }[]) => jobs.map(({ id }) => id);

describe('corex ps', () => {
  test('lists live jobs; ended ones with -a or when asked for by their state', async () => {
    expect(ids((await agent.json(['ps'])).jobs)).toEqual(['lives', 'waits']);
    expect(ids((await agent.json(['ps', '-a'])).jobs)).toEqual(['failed', 'lives', 'waits']);
    expect(ids((await agent.json(['ps', '-s', 'error'])).jobs)).toEqual(['failed']);
    expect(ids((await agent.json(['ps', '-s', 'queued'])).jobs)).toEqual(['waits']);
    expect(ids((await agent.json(['ps', '--tag', 'web'])).jobs)).toEqual(['lives']);
    expect(ids((await agent.json(['ps', '-q', 'disk'])).jobs)).toEqual(['lives', 'waits']);
    expect(ids((await agent.json(['ps', '-n', '1'])).jobs)).toEqual(['failed', 'lives', 'waits']);
  });

  test('tells what a job is in JSON', async () => {
    const { jobs } = await agent.json(['ps', '--tag', 'web']);
    expect(jobs).toEqual([
      {
        id: 'lives',
        command: 'core.system',
        title: 'sleep 600',
        state: 'running',
        queue: 'disk',
        priority: 0,
        tags: ['web', 'nacht/夜'],
        runs: 1,
        pid: expect.any(Number),
        accepted: expect.any(Number),
        started: expect.any(Number),
        output: 0,
      },
    ]);
  });

  test('shows a plain, aligned table where there is no terminal', async () => {
    const { stdout } = await agent.run(['ps', '-a']);
    const [header, ...rows] = stdout.toString().trimEnd().split('\n');
    expect(header).toMatch(/^ID {6}STATE +TIME +AGE +PID {2}QUEUE {2}COMMAND +TAGS$/);
    expect(rows[0]).toMatch(/^failed {2}exit 3 /);
    expect(rows[1]).toMatch(/^lives {3}running .* disk {3}sleep 600 +web,nacht\/夜$/);
    expect(rows[2]).toMatch(/^waits {3}queued /);
    expect(stdout.toString()).not.toMatch(/[[\t\p{Cc}]--\n]/v);
  });

  test.runIf(requires('python3'))('fits a terminal, in colours', async () => {
    await using screen = onTerminal(['ps', '-a'], agent.dataDir, 50);
    expect(await screen.ended).toBe(0);
    expect(screen.text()).toContain('\x1b[31mexit 3\x1b[39m');
    const plain = stripVTControlCharacters(screen.text()).trimEnd().split('\r\n');
    expect(plain).toHaveLength(4);
    for (const line of plain) expect(line.length).toBeLessThanOrEqual(50);
  });

  test.runIf(requires('python3'))('has no colours with NO_COLOR', async () => {
    await using screen = onTerminal(['ps', '-a'], agent.dataDir, 80, { NO_COLOR: '1' });
    expect(await screen.ended).toBe(0);
    expect(screen.text()).not.toContain('\x1b');
  });

  test('refuses a state there is not', async () => {
    expect(await agent.run(['ps', '-s', 'runing'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean "running"?'),
    });
  });
});

describe('corex result', () => {
  test('shows how a job ended', async () => {
    const { stdout, code } = await agent.run(['result', 'failed']);
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(
      /^Job {7}failed\nCommand {3}core\.system\nEnded {5}ERROR, exited with 3\nCode {6}1003\nStarted {3}\d{4}-\d\d-\d\d /,
    );
    expect(await agent.json(['result', 'failed'])).toMatchObject({
      id: 'failed',
      streams: ['out\n', 'err\n'],
      exit: { code: 3 },
    });
  });

  test('--data gives only what the job answered', async () => {
    await agent.run(['run', '--id', 'answers', '--', 'sh', '-c', `echo '20::{"a":1}'`]);
    expect((await agent.run(['result', '--data', 'answers'])).stdout.toString()).toBe('{"a":1}\n');
  });

  test('says that a job has not ended, or is unknown', async () => {
    expect(await agent.run(['result', 'lives'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^corex: Cannot .*"lives"/),
    });
    expect(await agent.run(['result', 'nobody'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^corex: Cannot .*"nobody"/),
    });
  });
});

describe('corex wait', () => {
  test('exits as the job did, and tells how it ended', async () => {
    const { code, stdout } = await agent.run(['wait', 'failed']);
    expect(code).toBe(3);
    expect(stdout.toString()).toMatch(/^failed {2}exited with 3 {2}\d+/);
  });

  test('of several exits as the first that failed', async () => {
    await agent.run(['run', '--id', 'good', '--', 'true']);
    expect((await agent.run(['wait', 'good'])).code).toBe(0);
    expect((await agent.run(['wait', 'good', 'failed'])).code).toBe(3);
    const { code, stdout } = await agent.run(['wait', '--json', 'good', 'failed']);
    expect(code).toBe(3);
    expect(JSON.parse(stdout.toString()).results.map((result: { state: string }) => result.state)).toEqual([
      'SUCCESS',
      'ERROR',
    ]);
  });

  test('gives up with 124', async () => {
    const { code, stderr } = await agent.run(['wait', '--timeout', '100ms', 'lives']);
    expect(code).toBe(124);
    expect(stderr).toMatch(/^corex: Cannot wait for job "lives"/);
  });
});

describe('corex kill and cancel', () => {
  test('do what they can for each job, and tell of the rest', async () => {
    await agent.run(['run', '-d', '--id', 'a', '--', 'sleep', '600']);
    const { code, stdout, stderr } = await agent.run(['kill', 'a', 'nobody']);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 1, stdout: 'a\n' });
    expect(stderr).toMatch(/^corex: Cannot .*"nobody"/);
    expect((await agent.run(['wait', 'a'])).code).toBe(143);
    const second = await agent.run(['kill', '--json', 'nobody']);
    expect(JSON.parse(second.stdout.toString())).toEqual({
      killed: [],
      failed: [{ id: 'nobody', message: expect.any(String) }],
    });
  });

  test('-s only sends a signal', async () => {
    const script = 'trap "echo got it" USR1; echo ready; while :; do sleep 0.05; done';
    const child = agent.start(['run', '--id', 'signalled', '--', 'sh', '-c', script]);
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = finished(child);
    await until('it is ready', () => said.includes('ready'));
    expect((await agent.run(['kill', '-s', 'usr1', 'signalled'])).code).toBe(0);
    await until('it got the signal', () => said.includes('got it'));
    await agent.run(['kill', '--signal', '9', 'signalled']);
    expect((await ended).code).toBe(137);
  });

  test('cancel takes back what waits, and leaves alone what runs', async () => {
    await agent.run(['run', '-d', '--id', 'waits-too', '-q', 'disk', '--', 'true']);
    const { code, stdout, stderr } = await agent.run(['cancel', 'waits-too', 'lives']);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 1, stdout: 'waits-too\n' });
    expect(stderr).toMatch(/^corex: Cannot .*"lives"/);
    expect((await agent.run(['wait', 'waits-too'])).code).toBe(143);
  });
});

describe('corex queue', () => {
  test('lists, sets, pauses and resumes', async () => {
    const { queues } = await agent.json(['queue']);
    expect(queues).toContainEqual({ name: 'disk', width: 1, paused: false, active: 1, waiting: 1, jobs: ['waits'] });
    expect((await agent.run(['queue'])).stdout.toString()).toMatch(
      /^QUEUE {2}STATE {2}ACTIVE {2}WAITING {2}NEXT\ndisk {3}open {6}1\/1 {8}1 {2}waits\n/,
    );
    expect(await agent.json(['queue', 'set', 'tape', '--width', '2', '--limit', '10'])).toMatchObject({
      name: 'tape',
      width: 2,
      limit: 10,
    });
    expect(await agent.json(['queue', 'set', 'tape', '--limit', 'none'])).not.toHaveProperty('limit');
    const limited = ['queue', 'set', 'tape', '--rate', '90/m', '--burst', '5'];
    expect(await agent.json(limited)).toMatchObject({ rate: '90/m', burst: 5 });
    expect(await agent.json(['queue', 'set', 'tape', '--rate', 'none'])).not.toHaveProperty('rate');
    expect(await agent.json(['queue', 'pause', 'tape'])).toMatchObject({ paused: true });
    expect((await agent.run(['queue', 'resume', 'tape'])).stdout.toString()).toContain('open');
  });

  test.each([
    [['queue', 'puase', 'disk'], 'unknown action "puase"'],
    [['queue', 'pause'], 'its name is missing'],
    [['queue', 'set', 'disk'], '--width, --limit, --rate or --burst say what'],
    [['queue', 'list', 'disk'], 'one word too many'],
    [['queue', 'pause', 'disk', '--width', '2'], '"corex queue set NAME" takes them'],
    [['queue', 'set', 'disk', '--limit', 'some'], 'Cannot read --limit "some"'],
    [['queue', 'set', 'disk', '--rate', 'some'], 'Cannot read --rate "some"'],
  ])('refuses %j', async (args, message) => {
    expect(await agent.run(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });

  test('says that there is no such queue', async () => {
    expect(await agent.run(['queue', 'pause', 'nowhere'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^corex: Cannot .*"nowhere"/),
    });
  });
});
