import { expect, test } from 'vitest';
import { connect, type Client, type ClientStatus } from '../../src/client/index.ts';
import { connectNoticing, QUICKLY } from './connect-noticing.ts';
import { ScriptedAgent } from '../fakes/scripted-agent.ts';
import { freePort } from '../harness/free-port.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';
import { certificate } from '../fixtures/certificates/certificates.ts';
import { relayUnix } from '../fakes/unix-relay.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

test('connect() rejects when nobody listens', async () => {
  const port = await freePort();
  await expect(connect(`ws://127.0.0.1:${port}`)).rejects.toMatchObject({
    name: 'AgentError',
    code: 'disconnected',
    message: expect.stringContaining(`ws://127.0.0.1:${port}`),
  });
  await expect(connect('unix:/nowhere/agent.sock')).rejects.toMatchObject({ code: 'disconnected' });
});

test('connect() rejects when no hello comes in time', async () => {
  await using agent = await ScriptedAgent.start({ hello: 'none' });
  await expect(connect(agent.url, { connectTimeoutMs: 50 })).rejects.toMatchObject({
    code: 'disconnected',
    message: expect.stringContaining('50 ms'),
  });
  await until('the agent sees it go', () => agent.sessions.size === 0);
});

test.each([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not-able'],
  [503, 'disconnected'],
])('connect() tells what HTTP %i means', async (refuseWith, code) => {
  await using agent = await ScriptedAgent.start({ refuseWith });
  await expect(connect(agent.url)).rejects.toMatchObject({ code });
});

test('connect() refuses an agent of another protocol', async () => {
  await using agent = await ScriptedAgent.start({ hello: { protocol: 2 } });
  await expect(connect(agent.url)).rejects.toMatchObject({ code: 'not-able', message: expect.stringContaining('2') });
});

test('connect() sends the token as a bearer and asks for the subprotocol', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url, { token: 'secret' });
  const [session] = agent.sessions;
  expect(session?.headers.authorization).toBe('Bearer secret');
  expect(session?.headers['sec-websocket-protocol']).toBe('corex.v1');
  expect(session?.headers['sec-websocket-extensions']).toBeUndefined();
  expect(client.hello).toMatchObject({ agent: 'fake' });
});

test('connect() gives up with the reason of its signal, which means nothing later', async () => {
  await using agent = await ScriptedAgent.start({ hello: 'none' });
  const reason = new Error('enough');
  const gone = new AbortController();
  const attempt = connect(agent.url, { signal: gone.signal });
  await until('the agent was reached', () => agent.sessions.size === 1);
  gone.abort(reason);
  await expect(attempt).rejects.toBe(reason);
  await expect(connect(agent.url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

  await using other = await ScriptedAgent.start();
  const later = new AbortController();
  await using client = await connect(other.url, { signal: later.signal });
  later.abort();
  expect(await client.agent.ping()).toMatch(/^PONG/);
});

test('connect() reaches a unix socket, also one with a colon in its path', async () => {
  await using directory = tempDir();
  await using agent = await ScriptedAgent.start();
  await using relay = await relayUnix(directory.at('a:b.sock'), agent.port);
  await using client = await connect(`unix:${relay.path}`);
  expect(await client.agent.ping()).toMatch(/^PONG/);
});

test('connect() checks the certificate of an agent and shows its own', async () => {
  const tls = { cert: certificate('server.pem'), key: certificate('server.key') };
  const ca = certificate('authority.pem');
  await using agent = await ScriptedAgent.start({ tls: { ...tls, ca, requestCert: true, rejectUnauthorized: true } });
  const own = { cert: certificate('client.pem'), key: certificate('client.key') };
  await using client = await connect(agent.url, { tls: { ca, ...own } });
  expect(await client.agent.ping()).toMatch(/^PONG/);
  await expect(connect(agent.url, { tls: own })).rejects.toMatchObject({ code: 'disconnected' });
  await expect(connect(agent.url, { tls: { ca } })).rejects.toMatchObject({ code: 'disconnected' });
});

test('connect() refuses certificates and tokens that can not be sent', async () => {
  const tls = { cert: 'nonsense' };
  await expect(connect('wss://127.0.0.1:1', { tls })).rejects.toMatchObject({ name: 'AgentError' });
  await expect(connect('ws://127.0.0.1:1', { token: 'a\nb' })).rejects.toMatchObject({ code: 'bad-arguments' });
});

test.each([
  ['no JSON', 'nonsense'],
  ['no object', '[]'],
  ['no type', '{}'],
  ['half a frame', '{"type":"accepted"}'],
  ['a message without its number', '{"type":"messages","id":"a","run":1,"messages":[{"text":"x","level":1}]}'],
  ['a result of numbers', '{"type":"result","id":1,"state":2,"reason":3,"data":4,"code":"5"}'],
  ['a binary frame that is too short', Buffer.from([1, 2, 3])],
])('a frame that is %s drops the connection, and what waits goes on with the next', async (_what, frame) => {
  let isFirst = true;
  await using agent = await ScriptedAgent.start({
    onCommand: ({ command }, session) => {
      if (command !== 'core.ping' || !isFirst) return false;
      isFirst = false;
      session.ws.send(frame);
      return true;
    },
  });
  const errors: string[] = [];
  await using client = await connect(agent.url, {
    ...QUICKLY,
    onStatus: (status) => {
      if (status.type === 'disconnected') errors.push(status.error.code);
    },
  });
  expect(await client.agent.ping()).toMatch(/^PONG/);
  expect(errors).toEqual(['bad-frame']);
});

test('frames of unknown types, for nobody, or with members more are no trouble', async () => {
  await using agent = await ScriptedAgent.start({
    onCommand: (_frame, session) => {
      session.send({ type: 'weather', is: 'fine' });
      session.send({
        type: 'messages',
        id: 'x',
        run: 1,
        handle: 99,
        messages: [{ seq: 1, level: 1, text: 'x', epoch: 1 }],
      });
      session.send({ type: 'end', id: 'x', handle: 99, position: 0 });
      session.send({ type: 'accepted', id: 'x', ref: 99, attached: false, more: true });
      session.send({ type: 'event', id: 'x', event: 'queued' });
      session.ws.send(Buffer.alloc(20));
      return false;
    },
  });
  await using client = await connect(agent.url, { reconnect: false });
  expect(await client.agent.ping()).toMatch(/^PONG/);
  expect(client.state).toBe('connected');
});

test('a connection whose first frame is no hello is dropped', async () => {
  await using agent = await ScriptedAgent.start({
    hello: 'none',
    onSession: (session) => session.send({ type: 'accepted', id: 'x', attached: false }),
  });
  await expect(connect(agent.url)).rejects.toMatchObject({ code: 'bad-frame' });
});

test('an agent that is silent for two heartbeats is given up on; one that pings is not', async () => {
  const clock = new FakeClock();
  await using agent = await ScriptedAgent.start({ hello: { heartbeat_ms: 1000 } });
  const lost: string[] = [];
  await using client = await connect(agent.url, {
    clock,
    reconnect: false,
    onStatus: (status) => {
      if (status.type === 'disconnected') lost.push(status.error.message);
    },
  });
  const [session] = agent.sessions;
  for (let beat = 0; beat < 5; beat += 1) {
    const pong = new Promise((resolve) => session?.ws.once('pong', resolve));
    session?.ws.ping();
    await pong;
    await clock.advance(1000);
  }
  expect(client.state).toBe('connected');
  await clock.advance(1000);
  expect(client.state).toBe('connected');
  await clock.advance(1000);
  await client.closed;
  expect(lost).toEqual([expect.stringContaining('silent for 2000 ms')]);
});

test('close() ends a connection whose agent never answers the close', async () => {
  const clock = new FakeClock();
  await using agent = await ScriptedAgent.start();
  const client = await connect(agent.url, { clock });
  const [session] = agent.sessions;
  session?.ws.pause();
  const closed = client.close();
  await clock.advance(1000);
  await closed;
  session?.ws.resume();
});

test('closing the client in the middle of what onStatus() tells ends it', async () => {
  for (const when of ['connected', 'disconnected', 'reconnecting'] as const) {
    await using agent = await ScriptedAgent.start();
    const all: string[] = [];
    const clients: Client[] = [];
    const onStatus = ({ type }: ClientStatus): void => {
      all.push(type);
      if (type === when) void clients.pop()?.close();
    };
    const client = await connect(agent.url, { ...QUICKLY, onStatus });
    clients.push(client);
    agent.closeAll(1012);
    await client.closed;
    await client.close();
    expect(all.at(-1)).toBe('closed');
    expect(all.filter((type) => type === 'closed')).toHaveLength(1);
    await expect(client.agent.ping()).rejects.toMatchObject({ code: 'disconnected' });
  }
});

test('an onStatus() that throws is no trouble', async () => {
  await using agent = await ScriptedAgent.start();
  const onStatus = (): void => {
    throw new Error('clumsy');
  };
  await using client = await connect(agent.url, { onStatus });
  expect(await client.agent.ping()).toMatch(/^PONG/);
});

test('close() after a reconnect waits until the socket is gone', async () => {
  await using agent = await ScriptedAgent.start();
  const { client, lost } = await connectNoticing(agent.url);
  agent.closeAll(1012);
  await lost;
  await client.agent.ping();
  await client.close();
  await until('the agent sees no session', () => agent.sessions.size === 0, { withinMs: 1000 });
});
