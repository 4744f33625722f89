import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Agent } from '../../src/agent/agent-api.ts';
import { createAgent } from '../../src/agent/create-agent.ts';
import type { LogRecord } from '../../src/protocol/log-record.ts';
import type { ProcessInfo } from '../../src/protocol/process-info.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { createLogger, type OwnedLogger } from '../../src/telemetry/pino-logger.ts';
import { freePort } from '../harness/free-port.ts';
import { serve } from '../host/probe/serve.ts';
import { tempDir, type TempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';
import { WireClient } from '../server/wire-client.ts';

/** The built-ins about machine and agent, through a whole agent and a bare WebSocket. */
let agent: Agent;
let client: WireClient;
let directory: TempDir;
let logger: OwnedLogger;

beforeAll(async () => {
  directory = tempDir();
  logger = createLogger({ level: 'info', file: { path: directory.at('log'), maxBytes: 1e9, keep: 0 } });
  agent = await createAgent({ dataDir: directory.at('data'), listen: [`unix:${directory.at('s')}`], logger });
  client = await connect();
});

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await agent.stop();
  await logger[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

function connect(): Promise<WireClient> {
  return WireClient.open(agent.endpoints[0] ?? '');
}

async function resultOf(command: string, args?: object, more?: object): Promise<JobResult> {
  return (await client.call(command, args, more)) as unknown as JobResult;
}

async function answerOf<T>(command: string, args?: object): Promise<T> {
  const result = await resultOf(command, args);
  expect(result.error).toBeUndefined();
  return JSON.parse(result.data) as T;
}

async function failureOf(command: string, args?: object): Promise<[code: string | undefined, number: number]> {
  const result = await resultOf(command, args);
  return [result.error?.code, result.code];
}

function sendJob(id: string, script: string, tags: string[] = []): void {
  client.send({ command: 'core.system', id, tags, arguments: { name: 'sh', args: ['-c', script] } });
}

/** Starts a job that takes its time, and waits until it runs. Its process ends with the agent. */
async function startJob(id: string, script: string, tags: string[] = []): Promise<number> {
  sendJob(id, script, tags);
  return await until('the job runs', async () => (await agent.jobs.get(id)).pid);
}

describe('process.list', () => {
  test('tells which live job a process belongs to, children too', async () => {
    const pid = await startJob('family', 'sleep 61 & sleep 62 & wait');
    const all = await until('all have begun', async () => {
      const found = await answerOf<ProcessInfo[]>('process.list', { job: 'family' });
      return found.length === 3 ? found : undefined;
    });
    expect(all.map(({ job }) => job)).toEqual(['family', 'family', 'family']);
    expect(await answerOf<ProcessInfo[]>('process.list', { pid })).toMatchObject([
      { pid, job: 'family', ppid: process.pid },
    ]);
    await agent.jobs.kill('family');
    await (
      await agent.jobs.view('family')
    ).result;
    expect(await answerOf('process.list', { job: 'family' })).toEqual([]);
    expect(await answerOf('process.list', { pid })).toEqual([]);
  });

  test.each([[{ pid: 'x' }], [{ limit: 0 }], [{ nam: 'x' }], [{ job: '' }]])('refuses %j', async (args) => {
    expect(await failureOf('process.list', args)).toEqual(['bad-arguments', 400]);
  });
});

describe('process.kill', () => {
  test('sends TERM unless told otherwise, to that very process', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    await once(child, 'spawn');
    const [found] = await answerOf<ProcessInfo[]>('process.list', { pid: child.pid });
    const start = found?.start_time ?? 0;
    expect(await failureOf('process.kill', { pid: child.pid, start_time: start + 1 })).toEqual([
      'no-such-process',
      404,
    ]);
    expect(await answerOf('process.kill', { pid: child.pid, start_time: start })).toBeNull();
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(await failureOf('process.kill', { pid: child.pid })).toEqual(['no-such-process', 404]);
  });

  test.each([
    [{ pid: 1 }, 'bad-arguments', 400],
    [{ pid: 0 }, 'bad-arguments', 400],
    [{ pid: -1 }, 'bad-arguments', 400],
    [{ pid: process.pid }, 'forbidden', 403],
    [{ pid: 4_000_000, signal: 'NOPE' }, 'bad-arguments', 400],
    [{ pid: 4_000_000, signal: 0 }, 'bad-arguments', 400],
    [{}, 'bad-arguments', 400],
  ])('refuses %j', async (args, code, number) => {
    expect(await failureOf('process.kill', args)).toEqual([code, number]);
  });
});

describe('port.wait', () => {
  test('waits for a port that comes', async () => {
    const port = await freePort();
    const waiting = answerOf('port.wait', { port, timeout: 10 });
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(port, '127.0.0.1');
    onTestFinished(() => void server.close());
    expect(await waiting).toMatchObject({ tries: expect.any(Number), time: expect.any(Number) });
    expect(await answerOf('port.wait', { path: directory.at('s') })).toMatchObject({ tries: 1 });
  });

  test('gives up in time, by its own limit or that of the command', async () => {
    const port = await freePort();
    expect(await failureOf('port.wait', { port, timeout: 0.05 })).toEqual(['timeout', 504]);
    expect(await resultOf('port.wait', { port }, { max_time: 0.05 })).toMatchObject({ state: 'TIMEOUT' });
  });

  test.each([
    [{}],
    [{ port: 1, path: '/x' }],
    [{ path: '/x', host: 'y' }],
    [{ path: 'x' }],
    [{ path: `/${'x'.repeat(107)}` }],
    [{ path: '/x\0y' }],
    [{ port: 1, host: 'a\0b' }],
    [{ port: 65_536 }],
    [{ port: 1, timeout: -1 }],
  ])('refuses %j', async (args) => {
    expect(await failureOf('port.wait', args)).toEqual(['bad-arguments', 400]);
  });
});

describe('http.get', () => {
  test('gives text as text, other bytes as base64, and says what was left', async () => {
    await using page = await serve((request, response) =>
      response.end(request.url === '/bytes' ? Buffer.from([0xff, 0xfe]) : 'zwölf'),
    );
    expect(await answerOf('http.get', { url: page.url })).toMatchObject({
      status: 200,
      body: 'zwölf',
      bytes: 6,
      truncated: false,
    });
    expect(await answerOf('http.get', { url: `${page.url}/bytes` })).toMatchObject({ body_base64: '//4=' });
    // Inside a character.
    expect(await answerOf('http.get', { url: page.url, max_bytes: 3 })).toMatchObject({
      body: 'zw',
      bytes: 3,
      truncated: true,
    });
  });

  test('fails for an answer that is not as expected, and where nobody is', async () => {
    await using page = await serve((_request, response) => response.writeHead(404).end('no'));
    expect(await failureOf('http.get', { url: page.url })).toEqual(['unexpected-answer', 502]);
    expect(await answerOf('http.get', { url: page.url, status: 404, contains: 'no' })).toMatchObject({ status: 404 });
    expect(await answerOf('http.get', { url: page.url, status: [200, 404], matches: '^n' })).toMatchObject({
      status: 404,
    });
    expect(await failureOf('http.get', { url: page.url, status: 'any', matches: 'yes' })).toEqual([
      'unexpected-answer',
      502,
    ]);
    expect(await failureOf('http.get', { url: `http://127.0.0.1:${await freePort()}` })).toEqual(['unreachable', 502]);
  });

  test.each([
    [{}],
    [{ url: 'x' }],
    [{ url: 'http://x', matches: '(' }],
    [{ url: 'http://x', status: 'good' }],
    [{ url: 'http://x', max_bytes: 1_000_000 }],
    [{ url: 'http://x', headers: { 'a b': 'c' } }],
  ])('refuses %j', async (args) => {
    expect(await failureOf('http.get', args)).toEqual(['bad-arguments', 400]);
  });
});

describe('logger.set_level and logger.reopen', () => {
  const linesOf = (): string[] => readFileSync(directory.at('log'), 'utf8').split('\n').slice(0, -1);

  test('change how much is logged at once, for a time too', async () => {
    expect(await answerOf('logger.set_level', { level: 'debug' })).toEqual({ level: 'debug', before: 'info' });
    await (await connect())[Symbol.asyncDispose]();
    await until('debugging is logged', () => linesOf().some((line) => line.includes('"debug"')));
    expect(await answerOf('logger.set_level', { level: 'silent', duration: 0.05 })).toEqual({
      level: 'silent',
      before: 'debug',
    });
    await until('it is as before', () => logger.level === 'debug');
    expect(await answerOf('logger.set_level', { level: 'error', duration: 60 })).toMatchObject({ before: 'debug' });
    expect(await answerOf('logger.set_level', { level: 'info' })).toMatchObject({ before: 'error' });
  });

  test('go on in a new file when the old one was moved away', async () => {
    renameSync(directory.at('log'), directory.at('log.old'));
    expect(await answerOf('logger.reopen')).toBeNull();
    logger.info({}, 'after the move');
    await until('the new file has it', () => linesOf().some((line) => line.includes('after the move')));
  });

  test.each([[{}], [{ level: 'loud' }], [{ level: 'info', duration: -1 }]])('refuse %j', async (args) => {
    expect(await failureOf('logger.set_level', args)).toEqual(['bad-arguments', 400]);
  });
});

describe('logger.subscribe', () => {
  /** A connection that follows logs, and what came of them so far. */
  async function follow(args: object) {
    const follower = await connect();
    const result = await follower.call('logger.subscribe', args);
    const { handle } = JSON.parse(result['data'] as string) as { handle: number };
    const records = (): LogRecord[] =>
      follower.frames.filter(({ type }) => type === 'log').flatMap((frame) => frame['records'] as LogRecord[]);
    return { follower, handle, records };
  }

  test('sends what all jobs say, of the levels and tags wanted, and how they end', async () => {
    const { follower, records } = await follow({ levels: [2, 9], tags: ['seen'], backlog: 0 });
    await using _ = follower;
    sendJob('loud', 'echo out; echo err >&2; echo 9::bad; exit 3', ['seen']);
    sendJob('unseen', 'echo err >&2', ['other']);
    await until('both have ended', () => records().some(({ source }) => source === 'end'));
    await (
      await agent.jobs.view('unseen')
    ).result;
    const told = records().map((record) =>
      record.source === 'job'
        ? [record.id, record.level, record.text]
        : record.source === 'end'
          ? [record.id, record.code]
          : [],
    );
    expect(told.toSorted()).toEqual(
      [
        ['loud', 2, 'err'],
        ['loud', 9, 'bad'],
        ['loud', 1003],
      ].toSorted(),
    );
  });

  test('begins with what was said before, the newest first to be kept', async () => {
    await resultOf('core.system', { name: 'seq', args: ['1', '1500'] }, { id: 'early' });
    const { follower, records } = await follow({ backlog: 5 });
    await using _ = follower;
    await until('they came', () => records().length >= 5);
    expect(records().slice(0, 5)).toMatchObject([
      ...[1497, 1498, 1499, 1500].map((n) => ({ source: 'job', id: 'early', text: String(n) })),
      { source: 'end', id: 'early', state: 'SUCCESS' },
    ]);
  });

  test('sends the agent’s own log from a level on', async () => {
    const { follower, records } = await follow({ sources: ['agent'], agent_level: 'warn', backlog: 0 });
    await using _ = follower;
    logger.info({}, 'not this');
    logger.child({ part: 'x' }).warn({ n: 1 }, 'but this');
    await until('it came', () => records().length > 0);
    expect(records()).toMatchObject([{ source: 'agent', level: 'warn', text: 'but this', facts: { part: 'x', n: 1 } }]);
  });

  test('ends when it is unsubscribed', async () => {
    const { follower, handle, records } = await follow({ sources: ['agent'], backlog: 0 });
    await using _ = follower;
    expect(await follower.call('logger.unsubscribe', { handle })).toMatchObject({ data: 'true' });
    logger.warn({}, 'unheard');
    expect(await follower.call('logger.unsubscribe', { handle })).toMatchObject({
      error: { code: 'unknown-handle' },
      code: 404,
    });
    expect(records()).toEqual([]);
  });

  test('never waits for a reader that stands still: it gets a gap', async () => {
    const { follower, records } = await follow({ backlog: 0 });
    await using _ = follower;
    follower.ws.pause();
    await startJob('flood', 'yes 0123456789012345678901234567890123456789 | head -n 300000');
    expect(await (await agent.jobs.view('flood')).result).toMatchObject({ state: 'SUCCESS' });
    follower.ws.resume();
    await until('the end came', () => records().some((record) => record.source === 'end' && record.id === 'flood'));
    const frames = follower.frames.filter(({ type }) => type === 'log');
    const dropped = frames.reduce((sum, frame) => sum + ((frame['dropped'] as number | undefined) ?? 0), 0);
    const came = records().filter((record) => record.source === 'job' && record.id === 'flood').length;
    expect(came + dropped).toBe(300_000);
    expect(dropped).toBeGreaterThan(0);
  }, 60_000);

  test.each([
    [{ sources: [] }],
    [{ sources: ['x'] }],
    [{ levels: [256] }],
    [{ agent_level: 'warn' }],
    [{ sources: ['agent'], levels: [1] }],
    [{ backlog: 1001 }],
  ])('refuses %j', async (args) => {
    expect(await failureOf('logger.subscribe', args)).toEqual(['bad-arguments', 400]);
  });
});

test('config.get says that a program made the configuration', async () => {
  expect(await failureOf('config.get')).toEqual(['not-able', 412]);
});
