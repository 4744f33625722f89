import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAgent } from '../../src/agent/create-agent.ts';
import type { Agent } from '../../src/agent/agent-api.ts';
import type { JobInfo, QueueInfo } from '../../src/protocol/job-info.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { tempDir, type TempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';
import { WireClient } from '../server/wire-client.ts';

/** The built-ins through a whole agent, over a real connection. */
let agent: Agent;
let client: WireClient;
let directory: TempDir;

beforeAll(async () => {
  directory = tempDir();
  agent = await createAgent({
    dataDir: directory.at('data'),
    listen: [`unix:${directory.at('s')}`],
    queues: { slow: { paused: true } },
  });
  client = await WireClient.open(agent.endpoints[0] ?? '');
});

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await agent.stop();
  await directory[Symbol.asyncDispose]();
});

/** A call's result. */
async function resultOf(command: string, args?: object): Promise<JobResult> {
  return (await client.call(command, args)) as unknown as JobResult;
}

/** What a call answers. */
async function answerOf<T>(command: string, args?: object): Promise<T> {
  const result = await resultOf(command, args);
  expect(result.error).toBeUndefined();
  expect(result).toMatchObject({ state: 'SUCCESS', code: 0, level: 20, reason: 'exited' });
  return JSON.parse(result.data) as T;
}

/** How a call fails. */
async function failureOf(command: string, args?: object): Promise<[code: string | undefined, number: number]> {
  const result = await resultOf(command, args);
  expect(result.state).toBe('ERROR');
  return [result.error?.code, result.code];
}

/** Starts a program as a job and waits until it runs. */
async function startJob(
  id: string,
  script: string,
  more: { arguments?: object; [field: string]: unknown } = {},
): Promise<void> {
  const args = { name: 'sh', args: ['-c', script], ...more.arguments };
  client.send({ command: 'core.system', id, ...more, arguments: args });
  await client.next((frame) => frame.type === 'accepted' && frame['id'] === id);
  if (more['queue'] !== undefined) return;
  await until(`${id} runs`, async () => (await answerOf<JobInfo>('job.get', { id })).pid !== undefined);
}

describe('the built-ins of a running agent', () => {
  test('are all registered, each with a schema', async () => {
    const commands =
      await answerOf<{ name: string; sort: string; summary: string; arguments: object }[]>('command.list');
    const names = commands.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    for (const name of ['core.system', 'core.ping', 'job.kill', 'core.subscribe', 'queue.set'])
      expect(names).toContain(name);
    for (const { arguments: schema } of commands) expect(schema).toMatchObject({ type: 'object' });
  });

  test('tell of the agent', async () => {
    expect(await answerOf('core.ping')).toMatch(/^PONG Version: \d/);
    expect(await answerOf('core.version')).toMatchObject({ protocol: 1, node: process.version });
    expect(await answerOf('core.state')).toMatchObject({ pid: process.pid, jobs: expect.any(Object) });
  });

  test('are refused with wrong arguments, before anything happens', async () => {
    const refused = await resultOf('job.kill', { id: 'a', sig: 9 });
    expect(refused).toMatchObject({ state: 'ERROR', code: 400, reason: 'rejected', refused: true });
    expect(refused.error?.message).toContain('"sig"');
    expect(await failureOf('core.ping', { a: 1 })).toEqual(['bad-arguments', 400]);
  });

  test('take a job from its start to its history', async () => {
    await startJob('life', 'echo one; read line; echo "$line"', { arguments: { open_stdin: true }, tags: ['t'] });
    expect(await answerOf<JobInfo[]>('job.list', { tags: ['t'] })).toMatchObject([
      { id: 'life', state: 'running', runs: 1 },
    ]);
    expect(await answerOf<JobInfo[]>('job.list', { tags: ['other'] })).toEqual([]);
    expect(await failureOf('job.result', { id: 'life' })).toEqual(['not-ended', 409]);
    expect(await failureOf('job.wait', { id: 'life', timeout: 0.05 })).toEqual(['timeout', 504]);
    expect(await answerOf('job.stats', { id: 'life' })).toMatchObject({ rss: expect.any(Number) });
    expect(await answerOf('job.stdin', { id: 'life', text: 'two\n' })).toEqual({ offset: 4, left: 0 });

    const waited = await answerOf<JobResult>('job.wait', { id: 'life' });
    expect(waited).toMatchObject({ id: 'life', state: 'SUCCESS', streams: ['one\ntwo\n', ''] });
    expect(await answerOf('job.result', { id: 'life' })).toEqual(waited);
    expect(await answerOf('job.get', { id: 'life' })).toMatchObject({ state: 'settled', result: { code: 0 } });
    expect(await answerOf<JobInfo[]>('job.list', { ids: ['life'] })).toEqual([]);
    expect(await answerOf('job.history', { tags: ['t'] })).toMatchObject({ jobs: [{ id: 'life' }] });
    expect(await answerOf('job.history', { states: ['ERROR'], tags: ['t'] })).toMatchObject({ jobs: [] });
    expect(await failureOf('job.kill', { id: 'life' })).toEqual(['not-running', 409]);
    expect(await failureOf('job.stdin', { id: 'life', text: 'x' })).toEqual(['not-running', 409]);
  });

  test('page through the history, newest first', async () => {
    for (const id of ['p1', 'p2', 'p3']) {
      await startJobAndWait(id);
    }
    const first = await answerOf<{ jobs: JobInfo[]; cursor: string }>('job.history', { tags: ['page'], limit: 2 });
    expect(first.jobs.map(({ id }) => id)).toEqual(['p3', 'p2']);
    const second = await answerOf<{ jobs: JobInfo[] }>('job.history', {
      tags: ['page'],
      limit: 2,
      cursor: first.cursor,
    });
    expect(second.jobs.map(({ id }) => id)).toEqual(['p1']);
    const now = Date.now() / 1000;
    expect(await answerOf('job.history', { tags: ['page'], since: now + 60 })).toMatchObject({ jobs: [] });
    expect(await answerOf('job.history', { tags: ['page'], since: now - 600, until: now + 60 })).toMatchObject({
      jobs: [{}, {}, {}],
    });
  });

  test('send signals and kill', async () => {
    await startJob('trap', 'trap "echo caught" USR1; while :; do sleep 0.05; done');
    expect(await answerOf('job.kill', { id: 'trap', signal: 'usr1' })).toBe(true);
    await until('it was caught', async () => (await answerOf<JobInfo>('job.get', { id: 'trap' })).output > 0);
    expect(await failureOf('job.kill', { id: 'trap', signal: 0 })).toEqual(['bad-arguments', 400]);
    expect(await failureOf('job.cancel', { id: 'trap' })).toEqual(['running', 409]);
    expect(await answerOf('job.kill', { id: 'trap' })).toBe(true);
    expect(await answerOf('job.wait', { id: 'trap' })).toMatchObject({ state: 'KILLED', reason: 'killed', code: 1143 });
    expect(await failureOf('job.kill', { id: 'nobody' })).toEqual(['unknown-job', 404]);
  });

  test('kill all that match, and nothing else', async () => {
    await startJob('k1', 'sleep 60', { tags: ['k'] });
    await startJob('k2', 'sleep 60', { tags: ['k', 'x'] });
    await startJob('k3', 'sleep 60', { tags: ['other'] });
    expect((await answerOf<string[]>('job.killall', { tags: ['k'] })).sort()).toEqual(['k1', 'k2']);
    for (const id of ['k1', 'k2']) expect(await answerOf('job.wait', { id })).toMatchObject({ reason: 'killed' });
    expect(await answerOf('job.get', { id: 'k3' })).toMatchObject({ state: 'running' });
    await answerOf('job.kill', { id: 'k3', signal: 'KILL' });
    expect(await answerOf('job.wait', { id: 'k3' })).toMatchObject({ code: 1137 });
  });

  test('rule queues', async () => {
    expect(await answerOf<QueueInfo[]>('queue.list')).toMatchObject([{ name: 'slow', paused: true, width: 1 }]);
    for (const id of ['q1', 'q2', 'q3']) await startJob(id, 'true', { queue: 'slow' });
    expect(await answerOf('job.priority', { id: 'q3', priority: 5 })).toBe(true);
    expect(await answerOf('queue.list')).toMatchObject([{ waiting: 3, jobs: ['q3', 'q1', 'q2'] }]);
    expect(await answerOf('job.cancel', { id: 'q1' })).toBe(true);
    expect(await answerOf('job.wait', { id: 'q1' })).toMatchObject({ reason: 'cancelled', code: 499, state: 'KILLED' });
    expect(await answerOf('queue.set', { name: 'slow', width: 2, limit: 2 })).toMatchObject({ width: 2, limit: 2 });
    const full = await client.call('core.system', { name: 'true' }, { id: 'q4', queue: 'slow' });
    expect(full).toMatchObject({ code: 429, refused: true, error: { code: 'too-many' } });
    expect(await answerOf('queue.resume', { name: 'slow' })).toMatchObject({ paused: false });
    for (const id of ['q2', 'q3']) expect(await answerOf('job.wait', { id })).toMatchObject({ state: 'SUCCESS' });
    expect(await answerOf('queue.pause', { name: 'slow' })).toMatchObject({ paused: true });
    expect(await failureOf('queue.pause', { name: 'none' })).toEqual(['unknown-queue', 404]);
  });

  test('unschedule what would come again', async () => {
    await startJob('again', 'sleep 0.2', { recurring_period: 60 });
    expect(await answerOf('job.unschedule', { id: 'again' })).toBe(true);
    expect(await answerOf('job.wait', { id: 'again' })).toMatchObject({ state: 'SUCCESS', runs: 1 });
    expect(await failureOf('job.unschedule', { id: 'nobody' })).toEqual(['unknown-job', 404]);
  });

  test('subscribe this connection, and end it', async () => {
    await startJob('sub', 'echo first; read line; echo second', { arguments: { open_stdin: true } });
    const { handle } = await answerOf<{ handle: number }>('core.subscribe', { id: 'sub', from: 'start' });
    const other = await answerOf<{ handle: number }>('job.subscribe', { id: 'sub', as: 'bytes' });
    expect(await answerOf('job.unsubscribe', { handle: other.handle })).toBe(true);
    expect(await failureOf('job.unsubscribe', { handle: other.handle })).toEqual(['unknown-handle', 404]);
    expect(await failureOf('job.subscribe', { id: 'sub', tail: 3, from: 'start' })).toEqual(['bad-arguments', 400]);
    expect(await failureOf('job.subscribe', { id: 'nobody' })).toEqual(['unknown-job', 404]);
    await answerOf('job.stdin', { id: 'sub', base64: Buffer.from('x\n').toString('base64'), close: true });
    const end = await client.next((frame) => frame.type === 'end' && frame['handle'] === handle);
    expect(end).toMatchObject({ id: 'sub', position: 13 });
    const said = client.frames.filter((frame) => frame.type === 'messages' && frame['handle'] === handle);
    const texts = said.flatMap((frame) => (frame['messages'] as { text: string }[]).map(({ text }) => text));
    expect(texts).toEqual(['first', 'second']);
  });

  test('keep standard input in order, and end it', async () => {
    await startJob('cat', 'cat', { arguments: { open_stdin: true } });
    const pieces = Array.from({ length: 50 }, (_, at) => `${at}\n`);
    const answers = await Promise.all(
      pieces.map((text) => answerOf<{ left: number }>('job.stdin', { id: 'cat', text })),
    );
    expect(answers.every(({ left }) => left === 0)).toBe(true);
    expect(await answerOf('job.stdin', { id: 'cat', close: true })).toMatchObject({ closed: true });
    expect(await answerOf('job.wait', { id: 'cat' })).toMatchObject({
      state: 'SUCCESS',
      streams: [pieces.join(''), ''],
    });
    await startJob('deaf', 'sleep 60');
    expect((await failureOf('job.stdin', { id: 'deaf', text: 'x' }))[1]).toBeGreaterThanOrEqual(409);
    await answerOf('job.kill', { id: 'deaf', signal: 9 });
  });

  test('open a handle for binary input', async () => {
    await startJob('bin', 'cat', { arguments: { open_stdin: true } });
    const { handle, offset, credit } = await answerOf<{ handle: number; offset: number; credit: number }>('job.stdin', {
      id: 'bin',
    });
    expect({ offset, credit }).toEqual({ offset: 0, credit: 1024 * 1024 });
    client.sendInput(handle, 0, 'by bytes');
    await until('it was taken', async () => (await answerOf<JobInfo>('job.get', { id: 'bin' })).output === 8);
    await answerOf('job.stdin', { id: 'bin', close: true });
    expect(await answerOf('job.wait', { id: 'bin' })).toMatchObject({ streams: ['by bytes', ''] });
  });

  test('need a connection where one is meant, and say so when they are called from code', async () => {
    await startJob('code', 'sleep 60');
    for (const command of [
      { command: 'job.subscribe', arguments: { id: 'code' } },
      { command: 'job.unsubscribe', arguments: { handle: 1 } },
      { command: 'job.stdin', arguments: { id: 'code' } },
    ]) {
      expect(await agent.run(command)).toMatchObject({ code: 412, error: { code: 'not-able' } });
    }
    await answerOf('job.kill', { id: 'code', signal: 9 });
  });

  test('resize what runs, and nothing else', async () => {
    await startJob('plain', 'sleep 60');
    expect(await answerOf('job.resize', { id: 'plain', columns: 80, rows: 24 })).toBe(true);
    await answerOf('job.kill', { id: 'plain', signal: 9 });
    await answerOf('job.wait', { id: 'plain' });
    expect(await failureOf('job.resize', { id: 'plain', columns: 80, rows: 24 })).toEqual(['not-running', 409]);
  });

  test('are answered when the agent is told to stop', async () => {
    await using place = tempDir();
    await using other = await createAgent({ dataDir: place.at('d'), listen: [`unix:${place.at('s')}`] });
    await using caller = await WireClient.open(other.endpoints[0] ?? '');
    expect(await caller.call('core.stop', { drain: true, deadline: 5 })).toMatchObject({
      state: 'SUCCESS',
      data: '{"left":[],"count":0}',
    });
    expect(await caller.closed).toMatchObject({ code: 1012 });
  });
});

async function startJobAndWait(id: string): Promise<void> {
  client.send({ command: 'core.system', id, tags: ['page'], arguments: { name: 'true' } });
  await client.next((frame) => frame.type === 'result' && frame['id'] === id);
}
