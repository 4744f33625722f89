// The whole agent behind the real door: commands, output and standard input over WebSocket.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { shell, testAgent } from '../harness/test-agent.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';
import { memoryInUse } from '../harness/memory-in-use.ts';
import { http } from '../server/http-client.ts';
import { WireClient } from '../server/wire-client.ts';
import type { Frame } from '../server/wire-client.ts';

type TestAgent = Awaited<ReturnType<typeof testAgent>>;

const MIB = 1024 * 1024;
const CLOSE_ON_EXEC = 0o2000000;

function connect({ agent, dataDir }: TestAgent): Promise<WireClient> {
  const token = readFileSync(path.join(dataDir, 'token'), 'utf8').trim();
  return WireClient.open(urlOf({ agent }), { headers: { Authorization: `Bearer ${token}` } });
}

function urlOf({ agent }: Pick<TestAgent, 'agent'>): string {
  return agent.endpoints.find((endpoint) => endpoint.startsWith('ws:')) ?? '';
}

function linesOf(frames: readonly Frame[]): string[] {
  return frames.flatMap((frame) => ((frame['messages'] ?? []) as { text: string }[]).map(({ text }) => text));
}

function dataOf(result: Frame): Record<string, unknown> {
  return JSON.parse(result['data'] as string) as Record<string, unknown>;
}

test('a job tells: accepted, started, what it says, exited, result', async () => {
  await using started = await testAgent();
  await using client = await connect(started);
  client.send(shell('echo one; echo two >&2; exit 3', { id: 'job', stream: true, ref: 'r' }));
  const result = await client.result('r');
  expect(result).toMatchObject({ id: 'job', state: 'ERROR', code: 1003, reason: 'exited', exit: { code: 3 } });
  expect(linesOf(client.frames).toSorted()).toEqual(['one', 'two']);
  const told = client.frames.map((frame) => (frame.type === 'event' ? (frame['event'] as string) : frame.type));
  expect(told.slice(0, 2)).toEqual(['hello', 'accepted']);
  expect(told.slice(-2)).toEqual(['exited', 'result']);
});

test('the same id attaches with the same content and is refused with another', async () => {
  await using started = await testAgent();
  await using client = await connect(started);
  await using other = await connect(started);
  client.send(shell('sleep 0.3; echo once', { id: 'job', ref: 'a' }));
  await client.next(({ type }) => type === 'accepted');
  other.send(shell('sleep 0.3; echo once', { id: 'job', ref: 'b', stream: true }));
  other.send(shell('echo another', { id: 'job', ref: 'c' }));
  expect(await other.result('c')).toMatchObject({ refused: true, state: 'DUPILICATE_ID', code: 409 });
  expect(await other.next(({ type }) => type === 'accepted')).toMatchObject({ attached: true, ref: 'b' });
  const [one, two] = await Promise.all([client.result('a'), other.result('b')]);
  expect({ ...one, ref: 0 }).toEqual({ ...two, ref: 0 });
  expect(linesOf(other.frames)).toEqual(['once']);
});

test('bytes arrive as they were written, positions included', async () => {
  await using started = await testAgent();
  await using client = await connect(started);
  const file = path.join(started.dataDir, 'random');
  const bytes = randomBytes(3 * MIB);
  writeFileSync(file, bytes);
  client.send(shell(`cat ${file}`, { id: 'job', raw: true, ref: 'r' }));
  await client.next(({ type }) => type === 'accepted');
  const { handle } = dataOf(await client.call('job.subscribe', { id: 'job', as: 'bytes' }));
  await client.next(({ type }) => type === 'end');
  expect(client.binary.every((frame) => frame.handle === handle && frame.kind === 1)).toBe(true);
  let next = 0;
  for (const { position, payload } of client.binary) {
    expect(position).toBe(next);
    next += payload.length;
  }
  expect(Buffer.concat(client.binary.map(({ payload }) => payload)).equals(bytes)).toBe(true);
});

test('a raw job that is streamed sends its bytes under the handle `accepted` names', async () => {
  await using started = await testAgent();
  await using client = await connect(started);
  client.send(shell('printf raw', { raw: true, stream: true, ref: 'r' }));
  await client.result('r');
  const { handle } = await client.next(({ type }) => type === 'accepted');
  expect(client.binary.map((frame) => [frame.handle, frame.payload.toString()])).toEqual([[handle, 'raw']]);
});

test('standard input goes in by binary frames, and ends with an empty one', async () => {
  await using started = await testAgent();
  await using client = await connect(started);
  client.send({
    command: 'core.system',
    id: 'cat',
    ref: 'r',
    raw: true,
    stream: true,
    arguments: { name: 'cat', open_stdin: true },
  });
  await client.next((frame) => frame['event'] === 'started');
  const bytes = randomBytes(MIB / 2);
  const { handle, offset } = dataOf(await client.call('job.stdin', { id: 'cat' })) as {
    handle: number;
    offset: number;
  };
  expect(offset).toBe(0);
  for (let at = 0; at < bytes.length; at += 50_000) client.sendInput(handle, at, bytes.subarray(at, at + 50_000));
  client.sendInput(handle, bytes.length, '');
  expect(await client.result('r')).toMatchObject({ state: 'SUCCESS' });
  expect(Buffer.concat(client.binary.map(({ payload }) => payload)).equals(bytes)).toBe(true);
  expect(client.frames.findLast((frame) => frame['event'] === 'stdin')).toMatchObject({ handle, offset: bytes.length });
});

test('a reader that is cut off again and again, and resumes by position, gets every line once and in order', async () => {
  await using started = await testAgent();
  const lines = 20_000;
  await using keeper = await connect(started);
  keeper.send(
    shell(`i=0; while [ $i -lt ${String(lines)} ]; do echo line $i; i=$((i+1)); done`, { id: 'job', ref: 'r' }),
  );
  await keeper.next(({ type }) => type === 'accepted');
  const got: string[] = [];
  let from: number | 'start' = 'start';
  let cuts = 0;
  for (let isOver = false; !isOver; cuts += 1) {
    await using client = await connect(started);
    await client.call('job.subscribe', { id: 'job', from });
    const wanted = 300 + ((cuts * 37) % 500);
    await until('there was some, or all', () => linesOf(client.frames).length >= wanted || over(client), {
      everyMs: 1,
    });
    client.ws.terminate();
    for (const frame of client.frames.filter(({ type }) => type === 'messages')) {
      for (const message of frame['messages'] as { seq: number; text: string }[]) {
        got.push(message.text);
        from = message.seq + 1;
      }
    }
    isOver = over(client);
  }
  expect(cuts).toBeGreaterThan(5);
  expect(got).toEqual(Array.from({ length: lines }, (_, line) => `line ${String(line)}`));
});

/** Whether this process was born with a descriptor that its children get, too. */
function isInheritable(fd: string): boolean {
  if (Number(fd) < 3 || !existsSync(`/proc/self/fdinfo/${fd}`)) return false;
  const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
  return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
}

function over(client: WireClient): boolean {
  return client.frames.some(({ type }) => type === 'end');
}

describe('back-pressure through the whole agent (WS-5)', () => {
  test('a reader that stops while a job prints 200 MB slows neither the job nor others, and costs little memory', async () => {
    await using started = await testAgent();
    await using slow = await connect(started);
    await using quick = await connect(started);
    slow.send(shell('sleep 0.2; head -c 200000000 /dev/zero', { id: 'job', raw: true, ref: 'r', stream: true }));
    await slow.next(({ type }) => type === 'accepted');
    slow.ws.pause();
    const before = memoryInUse();
    quick.send({ command: 'job.wait', ref: 'w', arguments: { id: 'job' } });
    const delays: number[] = [];
    while (!quick.frames.some((frame) => frame['ref'] === 'w')) {
      const asked = performance.now();
      await quick.call('core.ping');
      delays.push(performance.now() - asked);
    }
    expect(dataOf(await quick.result('w'))).toMatchObject({ state: 'SUCCESS', output: { bytes: 200_000_000 } });
    expect(memoryInUse() - before).toBeLessThan(128 * MIB);
    const sorted = delays.toSorted((one, other) => one - other);
    expect(sorted[Math.floor(sorted.length * 0.5)]).toBeLessThan(50);
    slow.ws.resume();
    expect(await slow.next(({ type }) => type === 'result', 20_000)).toMatchObject({ state: 'SUCCESS' });
    expect(slow.frames.some(({ type }) => type === 'gap')).toBe(true);
    const last = slow.binary.at(-1)!;
    expect(last.position + last.payload.length).toBe(200_000_000);
  });
});

describe('what a command may do to the machine', () => {
  test('no shell reads its words (SEC-25)', async () => {
    await using started = await testAgent();
    await using client = await connect(started);
    const args = ['$HOME', '`id`', '$(id)', ';', '&&', '|', '>', '*', '~', '"', "'", '\\', ' ', '\n', '--help', '-n'];
    const run = { command: 'core.system', arguments: { name: 'printf', args: ['%s|', ...args] } };
    client.send({ ...run, ref: 'r', raw: true, stream: true });
    await client.result('r');
    const output = Buffer.concat(client.binary.map(({ payload }) => payload)).toString();
    expect(output).toBe(args.map((arg) => `${arg}|`).join(''));
  });

  test('a NUL in any word is refused (SEC-25)', async () => {
    await using started = await testAgent();
    await using client = await connect(started);
    for (const args of [
      { name: 'echo', args: ['a\0b'] },
      { name: 'ec\0ho' },
      { name: 'echo', env: { ['A\0']: 'b' } },
      { name: 'echo', env: { A: 'b\0c' } },
      { name: 'echo', dir: '/tmp\0' },
    ]) {
      const result = await client.call('core.system', args);
      expect(result['state'], JSON.stringify(args)).toBe('ERROR');
      expect(result['code']).toBe(400);
    }
  });

  test('a process gets an environment of its own, without our secrets (SEC-26)', async () => {
    process.env['COREX_TOKEN'] = 'never to be seen';
    process.env['MY_API_SECRET'] = 'never to be seen';
    try {
      await using started = await testAgent();
      await using client = await connect(started);
      client.send(shell('tr "\\0" "\\n" < /proc/self/environ', { ref: 'r', stream: true }));
      await client.result('r');
      const token = readFileSync(path.join(started.dataDir, 'token'), 'utf8').trim();
      const environment = linesOf(client.frames);
      expect(environment.some((line) => line.startsWith('PATH='))).toBe(true);
      expect(environment.some((line) => line.startsWith('COREX_JOB_ID='))).toBe(true);
      expect(environment.join('\n')).not.toContain('never to be seen');
      expect(environment.join('\n')).not.toContain(token);
    } finally {
      delete process.env['COREX_TOKEN'];
      delete process.env['MY_API_SECRET'];
    }
  });

  test('a process gets descriptors 0, 1 and 2, and no other (SEC-27)', async () => {
    await using started = await testAgent();
    await using client = await connect(started);
    await using _other = await connect(started);
    const script = 'for f in /proc/self/fd/*; do readlink $f || true; done > /dev/null; ls /proc/$$/fd | tr "\\n" " "';
    client.send(shell(script, { ref: 'r', stream: true }));
    await client.result('r');
    const got = linesOf(client.frames).join(' ').trim().split(' ');
    // What this very process was given by its parent to pass on is not ours to close without a keeper.
    expect(got.filter((fd) => !isInheritable(fd))).toEqual(['0', '1', '2']);
  });

  test('names that are no commands are unknown, whatever every object has (SEC-12)', async () => {
    await using started = await testAgent();
    await using client = await connect(started);
    for (const command of ['__proto__', 'constructor', 'toString', 'core', 'core.', '.ping', 'core.ping.call', '_x']) {
      expect(await client.call(command)).toMatchObject({ refused: true, state: 'UNKNOWN_CMD', code: 404 });
    }
    for (const id of ['__proto__', 'constructor', 'hasOwnProperty']) {
      expect(await client.call('job.get', { id })).toMatchObject({ error: { code: 'unknown-job' } });
      client.send(shell('echo fine', { id, ref: id }));
      expect(await client.result(id)).toMatchObject({ id, state: 'SUCCESS' });
    }
  });
});

describe('the agent', () => {
  test('is alive, ready and measured over HTTP', async () => {
    await using started = await testAgent();
    const url = urlOf(started);
    const token = readFileSync(path.join(started.dataDir, 'token'), 'utf8').trim();
    expect(await http(url, '/readyz')).toMatchObject({ status: 200 });
    const metrics = await http(url, '/metrics', { headers: { authorization: `Bearer ${token}` } });
    expect(metrics.text).toContain('corex_');
  });

  test('drops the sessions of a token that was replaced, within a second (SEC-9)', async () => {
    await using started = await testAgent();
    await using client = await connect(started);
    const file = path.join(started.dataDir, 'token');
    writeFileSync(file, `${'n'.repeat(43)}\n`, { mode: 0o600 });
    await started.agent.reload();
    expect(await within(10_000, 'the close', client.closed)).toMatchObject({ code: 4011 });
    await using again = await connect(started);
    expect(await again.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  });

  test('that stops tells its clients to come back, after the results it owed', async () => {
    await using started = await testAgent();
    await using client = await connect(started);
    client.send(shell('sleep 30', { id: 'job', ref: 'r' }));
    await client.next(({ type }) => type === 'accepted');
    await started.agent.stop({ deadlineMs: 3000 });
    expect(await client.closed).toMatchObject({ code: 1012 });
  });
});
