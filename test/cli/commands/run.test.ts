import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { isAlive } from '../../harness/processes.ts';
import { requires } from '../../harness/requires.ts';
import { until } from '../../harness/until.ts';
import { within } from '../../harness/within.ts';
import { corex, finished, runningAgent, type RunningAgent } from '../corex.ts';
import { onTerminal } from '../terminal.ts';

const randomBytesProgram = path.join(import.meta.dirname, '../../fixtures/programs/random-bytes.mjs');
const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');

let agent: RunningAgent;

beforeAll(async () => {
  agent = await runningAgent();
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
});

describe('corex run', () => {
  test('passes on every byte of standard output', async () => {
    const digest = agent.directory.at('digest');
    const { code, stdout } = await agent.run(['run', '--', process.execPath, randomBytesProgram, '3000000', digest]);
    expect(code).toBe(0);
    expect(stdout.length).toBe(3_000_000);
    expect(sha1(stdout)).toBe(readFileSync(digest, 'utf8'));
  });

  test('keeps standard output and standard error apart, byte by byte', async () => {
    const script = String.raw`printf 'out\0\377'; printf 'err\200\n' >&2; printf 'no newline'`;
    const child = agent.start(['run', '--', 'sh', '-c', script]);
    const stderr: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    const { stdout } = await finished(child);
    expect(stdout).toEqual(Buffer.from('out\0\xffno newline', 'latin1'));
    expect(Buffer.concat(stderr)).toEqual(Buffer.from('err\x80\n', 'latin1'));
  });

  test('says nothing of its own when it is not asked to', async () => {
    expect(await agent.run(['run', '--', 'true'])).toEqual({
      code: 0,
      signal: null,
      stdout: Buffer.alloc(0),
      stderr: '',
    });
    expect(await agent.run(['run', '--', 'sh', '-c', 'exit 3'])).toMatchObject({ code: 3, stderr: '' });
  });

  test.each([
    [['sh', '-c', 'kill -KILL $$'], [], 137, /ended by SIGKILL/],
    [['sleep', '60'], ['--timeout', '200ms'], 124, /stopped after its time was over/],
    [['no-such-program-anywhere'], [], 127, /^corex: Cannot find program "no-such-program-anywhere"/],
    [['/etc/passwd'], [], 126, /^corex: Cannot start "\/etc\/passwd"/],
    [['true'], ['--cwd', '/no/such/directory'], 125, /^corex: Cannot .*directory/],
    [['sh', '-c', 'exit 7'], ['--success-code', '7'], 0, /^$/],
  ])('exits as %j with %j did', async (words, options, code, stderr) => {
    const result = await agent.run(['run', ...options, '--', ...words]);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(stderr);
    expect(result.stderr).not.toContain('    at ');
  });

  test('runs in the directory of its caller, with its search path and the variables that are named', async () => {
    const directory = agent.directory.at('caller');
    mkdirSync(directory);
    writeFileSync(path.join(directory, 'my-tool'), '#!/bin/sh\npwd; echo "$GIVEN $TAKEN ${HIDDEN-none}"\n');
    chmodSync(path.join(directory, 'my-tool'), 0o755);
    const { stdout, code } = await agent.run(
      ['run', '-e', 'GIVEN=a b', '-e', 'TAKEN', '-e', 'ABSENT', '--', 'my-tool'],
      {
        cwd: directory,
        env: { PATH: `${directory}:${process.env['PATH'] ?? ''}`, TAKEN: 'c', HIDDEN: 'd' },
      },
    );
    expect(stdout.toString()).toBe(`${directory}\na b c none\n`);
    expect(code).toBe(0);
  });

  test('passes standard input on with -i, byte by byte, and its end', async () => {
    const input = randomBytes(2_500_000);
    const { stdout, code } = await agent.run(['run', '-i', '--', 'cat'], { input });
    expect(code).toBe(0);
    expect(stdout.equals(input)).toBe(true);
  });

  test('gives the job no input without -i', async () => {
    expect((await agent.run(['run', '--', 'cat'], { input: 'not for you' })).stdout.length).toBe(0);
  });

  test('does not wait for input that a job never reads', async () => {
    const child = agent.start(['run', '-i', '--', 'true']);
    expect((await within(10_000, 'the end of the job', finished(child))).code).toBe(0);
  });

  test('--json gives the result instead of the output', async () => {
    const { code, stdout } = await agent.run(['run', '--json', '--tag', 'a', '--', 'sh', '-c', 'echo hi; exit 4']);
    expect(code).toBe(4);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      command: 'core.system',
      state: 'ERROR',
      reason: 'exited',
      code: 1004,
      exit: { code: 4 },
      streams: ['hi\n', ''],
      tags: ['a'],
    });
  });

  test('--detach prints the id; asking again joins the job, other content is refused', async () => {
    const words = ['--', 'sh', '-c', 'echo once; sleep 0.5'];
    expect(await agent.run(['run', '-d', '--id', 'joined', ...words])).toMatchObject({
      code: 0,
      stdout: Buffer.from('joined\n'),
    });
    expect(await agent.json(['run', '-d', '--id', 'joined', ...words])).toEqual({ id: 'joined', attached: true });
    const joined = await agent.run(['run', '--id', 'joined', ...words]);
    expect(joined).toMatchObject({ code: 0, stdout: Buffer.from('once\n') });
    const refused = await agent.run(['run', '--id', 'joined', '--', 'true']);
    expect(refused.code).toBe(125);
    expect(refused.stderr).toMatch(/^corex: Cannot .*other content/);
  });

  test('runs commands of the agent, and shows what they answer', async () => {
    expect((await agent.run(['run', '--command', 'core.ping'])).stdout.toString()).toMatch(/^"PONG/);
    const unknown = await agent.run(['run', '--command', 'core.nonsense']);
    expect(unknown).toMatchObject({ code: 127, stderr: expect.stringMatching(/^corex: Cannot .*core\.nonsense/) });
    const bad = await agent.run(['run', '--command', 'job.get', '--args', '{"idd":"x"}']);
    expect(bad).toMatchObject({ code: 125, stderr: expect.stringContaining('did you mean "id"?') });
  });

  test('-v tells what happens to the job, one line each', async () => {
    const { stderr, code } = await agent.run(['run', '-v', '--max-restart', '1', '--', 'sh', '-c', 'exit 2']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^corex: accepted as job "[-0-9a-f]{36}"$/m);
    expect(stderr).toMatch(/^corex: run 1 started, pid \d+$/m);
    expect(stderr).toMatch(/^corex: run 1 ended after .*: exited with 2$/m);
    expect(stderr).toMatch(/^corex: next run in \d+/m);
    expect(stderr).toMatch(/^corex: run 2 ended after .*: exited with 2$/m);
  });

  test('stops the job when the reader of its output goes away', async () => {
    const child = agent.start(['run', '--id', 'nobody-reads', '--', 'sh', '-c', 'while echo y; do sleep 0.01; done']);
    const ended = finished(child);
    await until('something was read', () => child.stdout?.readableFlowing === true);
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await ended).toMatchObject({ code: 141, stderr: '' });
    expect((await agent.run(['wait', 'nobody-reads'])).code).toBe(143);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s stops the job, and the exit code is the job’s',
    async (signal) => {
      const child = agent.start(['run', '--', 'sh', '-c', 'echo $$; exec sleep 60']);
      const ended = finished(child);
      const pid = await firstNumber(child);
      child.kill(signal);
      expect(await within(20_000, 'the end', ended)).toMatchObject({ code: 143 });
      await until('the program is gone', () => !isAlive(pid));
    },
  );

  test('a second signal leaves the job to the agent at once', async () => {
    const child = agent.start([
      'run',
      '--id',
      'stubborn',
      '--grace',
      '60',
      '--',
      'sh',
      '-c',
      'trap "" TERM; echo $$; while :; do sleep 0.1; done',
    ]);
    const ended = finished(child);
    const pid = await firstNumber(child);
    child.kill('SIGINT');
    await until('the job is being stopped', async () => (await agent.json(['ps'])).jobs[0]?.state === 'stopping');
    child.kill('SIGINT');
    expect(await within(20_000, 'the end', ended)).toMatchObject({ code: null, signal: 'SIGINT' });
    expect(isAlive(pid)).toBe(true);
    await agent.run(['kill', '-s', 'KILL', 'stubborn']);
    await until('the program is gone', () => !isAlive(pid));
  });

  test.each([
    [['run'], 'the program is missing'],
    [['run', '--args', '{}', '--', 'true'], 'Cannot use --args without --command'],
    [['run', '--command', 'core.ping', 'true'], '--command runs a command of the agent instead'],
    [['run', '--id', 'two words', 'true'], 'Cannot use "two words" as an id'],
    [['run', '--env', '=x', 'true'], 'the name of the variable is missing'],
    [['run', '--prioritty', '1', 'true'], 'did you mean "--priority"?'],
    [['run', '--priority', '5000', 'true'], 'a whole number from -1000 to 1000 is wanted'],
  ])('refuses %j, and teaches', async (args, message) => {
    // Without an agent: the command line is read first.
    const { code, stderr, stdout } = await corex(args, { env: { COREX_DATA_DIR: '/nonexistent' } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^corex: Cannot /);
    expect(stderr).toContain(message);
    expect(stderr).toContain('corex help run tells how it works');
    expect(stdout.length).toBe(0);
  });

  test('says how to start an agent when there is none', async () => {
    const none = await corex(['run', '--', 'true'], { env: { COREX_DATA_DIR: agent.directory.at('nothing') } });
    expect(none).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/^corex: Cannot find an agent.*\n.*"corex start" starts one/),
    });
    const wrong = await corex(['run', '--url', 'ws://127.0.0.1:1', '--', 'true']);
    expect(wrong).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/^corex: Cannot reach an agent.*ECONNREFUSED.*\n.*--url\n.*"corex start"/),
    });
  });

  test('a wrong token is told apart from no agent', async () => {
    const url = (await agent.json(['doctor'])).checks
      .find((check: { found: string }) => check.found.startsWith('ws://'))
      .found.split(' ')[0];
    const refused = await corex(['run', '--url', url, '--', 'true'], { env: { COREX_TOKEN: 'wrong' } });
    expect(refused).toMatchObject({ code: 125, stderr: expect.stringContaining('the token is missing or wrong') });
    const token = (await agent.run(['token'])).stdout.toString().trim();
    expect(await corex(['run', '--', 'echo', 'in'], { env: { COREX_URL: url, COREX_TOKEN: token } })).toMatchObject({
      code: 0,
    });
    const file = path.join(agent.dataDir, 'token');
    expect(await corex(['run', '--url', url, '--token-file', file, '--', 'true'])).toMatchObject({ code: 0 });
  });
});

describe.runIf(requires('python3'))('corex run on a terminal', () => {
  test('Ctrl-C stops the job and says so', async () => {
    await using screen = onTerminal(['run', '--', 'sh', '-c', 'echo ready; exec sleep 60'], agent.dataDir);
    await screen.shows('ready');
    screen.type('\x03');
    expect(await screen.ended).toBe(143);
    expect(screen.text()).toContain('corex: stopping; once more leaves ');
    expect(screen.text()).toContain('killed by a caller (SIGTERM)');
  });

  test('tells of the queue in which it waits', async () => {
    await agent.run(['run', '-d', '-q', 'narrow', '--id', 'in-front', '--', 'sleep', '60']);
    await using screen = onTerminal(['run', '-q', 'narrow', '--', 'echo', 'my turn'], agent.dataDir);
    await screen.shows('queued in "narrow"');
    await agent.run(['kill', 'in-front']);
    await screen.shows('my turn');
    expect(await screen.ended).toBe(0);
  });
});

describe('corex run when the agent dies', () => {
  test('gives up after a while, with exit code 125 and a word on the job', async () => {
    await using other = await runningAgent();
    const child = other.start(['run', '-v', '--', 'sleep', '5']);
    const ended = finished(child);
    await until('the job runs', async () => (await other.json(['ps'])).jobs[0]?.state === 'running');
    other.process.kill('SIGKILL');
    const { code, stderr } = await within(25_000, 'the end', ended);
    expect(code).toBe(125);
    expect(stderr).toContain('the connection to the agent is lost, trying again');
    expect(stderr).toContain('"corex start" starts it again');
  });
});

async function firstNumber(child: ReturnType<RunningAgent['start']>): Promise<number> {
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until('the job said its pid', () => said.includes('\n'));
  return Number.parseInt(said, 10);
}

describe('corex run when its output can not be written', () => {
  test('says why and stops the job', async () => {
    const child = agent.start(['run', '--id', 'no-room', '--', 'sh', '-c', 'echo x; exec sleep 60'], {
      stdout: '/dev/full',
    });
    expect(await within(10_000, 'the end', finished(child))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^corex: Cannot write to standard output: ENOSPC/),
    });
    expect((await agent.run(['wait', 'no-room'])).code).toBe(143);
  });
});
