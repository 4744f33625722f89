import { expect, test } from 'vitest';
import { CLOSE_CODES, shouldReconnect } from '../../src/protocol/close-codes.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';
import { memoryInUse } from '../harness/memory-in-use.ts';
import { http } from './http-client.ts';
import { RawSocket, target, upgradeRequest } from './raw-socket.ts';
import { startFakeServer } from './start-fake-server.ts';
import { WireClient } from './wire-client.ts';

test('`close()` tells every session to come back later, and takes no more (WS-10)', async () => {
  await using fake = await startFakeServer();
  await using one = await fake.connect();
  await using two = await fake.connect();
  await fake.server.close();
  for (const client of [one, two]) {
    expect(await within(10_000, 'the close', client.closed)).toEqual({ code: 1012, reason: 'restart' });
  }
  await using late = new WireClient(fake.url, { headers: fake.authorization });
  expect(await within(10_000, 'the refusal', late.closed)).toMatchObject({ code: 1006 });
  expect(fake.server.stats()).toMatchObject({ sessions: 0, connections: 0 });
});

test('`close(1001)` says that the agent goes for good', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  await fake.server.close(1001);
  expect(await client.closed).toEqual({ code: 1001, reason: 'going-away' });
});

test('`close()` sends what was owed first, cancels calls and touches no job', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  const job = fake.engine.job('job');
  client.send({ command: 'fake.job', id: 'job', ref: 'job' });
  client.send({ command: 'fake.forever', ref: 'call' });
  fake.engine.calls.set('fake.large', () => 'x'.repeat(900_000));
  for (let ref = 0; ref < 5; ref += 1) client.send({ command: 'fake.large', ref });
  await until('all were taken', () => fake.server.stats().exchanges === 2);
  await fake.server.close();
  await client.closed;
  expect(client.frames.filter(({ type }) => type === 'result')).toHaveLength(5);
  expect([fake.engine.cancelled, fake.engine.kills]).toEqual([['fake.forever'], []]);
  job.settle();
});

test('`close()` waits for clients a while and then cuts off those that don’t answer', async () => {
  const clock = new FakeClock();
  await using fake = await startFakeServer({ clock });
  await using raw = await RawSocket.upgrade(fake.url, fake.authorization);
  const closing = fake.server.close();
  expect(await raw.closeFrame()).toMatchObject({ code: 1012 });
  await clock.advance(4999);
  expect(fake.server.stats().sessions).toBe(1);
  await clock.advance(1);
  await within(10_000, 'the end', closing);
  await within(10_000, 'the socket to close', raw.closed);
  expect(clock.waiting).toBe(0);
});

test('`close()` cuts off connections that never became a session', async () => {
  await using fake = await startFakeServer();
  await using idle = new RawSocket(target(fake.url));
  await using half = new RawSocket(target(fake.url));
  half.write(upgradeRequest('/v1').slice(0, 40));
  await until('both are there', () => fake.server.stats().connections === 2);
  await within(10_000, 'the end', fake.server.close());
  await within(10_000, 'the sockets to close', Promise.all([idle.closed, half.closed]));
});

test('`close()` twice is one close', async () => {
  await using fake = await startFakeServer();
  await Promise.all([fake.server.close(), fake.server.close()]);
  await fake.server.close();
});

test('`dropSessions()` closes those that match with 4011, within a second, answering or not (SEC-9)', async () => {
  await using directory = tempDir();
  const listeners = [{ url: 'ws://127.0.0.1:0' }, { url: `unix:${directory.at('s')}` }];
  await using fake = await startFakeServer({ listeners });
  await using polite = await fake.connect();
  await using deaf = await RawSocket.upgrade(fake.url, fake.authorization);
  await using local = await WireClient.open(fake.server.endpoints[1]!);
  expect(fake.server.dropSessions(4011, ({ via }) => via === 'token')).toBe(2);
  expect(await within(10_000, 'the close', polite.closed)).toEqual({ code: 4011, reason: 'token-revoked' });
  expect(await deaf.closeFrame()).toMatchObject({ code: 4011 });
  await within(10_000, 'the socket to close', deaf.closed);
  expect(await local.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  await until('only one is left', () => fake.server.stats().sessions === 1);
});

test('sessions beyond the limit are told to try later, with 1013', async () => {
  await using fake = await startFakeServer({ limits: { sessions: 2 } });
  await using one = await fake.connect();
  await using two = await fake.connect();
  await using three = new WireClient(fake.url, { headers: fake.authorization });
  expect(await within(10_000, 'the close', three.closed)).toEqual({ code: 1013, reason: 'try-later' });
  expect((await http(fake.url, '/healthz')).status).toBe(200);
  for (const client of [one, two]) expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  one.ws.close();
  await until('there is room', () => fake.server.stats().sessions === 1);
  await using four = await fake.connect();
  expect(await four.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
});

test('connections beyond the limit are dropped, and those that are there go on (SEC-20)', async () => {
  await using fake = await startFakeServer({ limits: { connections: 3 } });
  await using client = await fake.connect();
  const idle = [new RawSocket(target(fake.url)), new RawSocket(target(fake.url))];
  await until('they are there', () => fake.server.stats().connections === 3);
  await using dropped = new RawSocket(target(fake.url));
  await within(5000, 'the connection to be dropped', dropped.closed);
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  for (const raw of idle) await raw[Symbol.asyncDispose]();
});

test('`stats()` counts what is open and what came', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  fake.engine.job('job');
  await client.call('job.subscribe', { id: 'job' });
  await client.call('job.stdin', { id: 'job' });
  client.send({ command: 'fake.forever' });
  await until('it runs', () => fake.server.stats().exchanges === 1);
  expect(fake.server.stats()).toMatchObject({
    sessions: 1,
    connections: 1,
    exchanges: 1,
    subscriptions: 1,
    stdins: 1,
    admitted: 1,
    refused: 0,
  });
  await client[Symbol.asyncDispose]();
  await until('all is gone', () => fake.server.stats().connections === 0);
  expect(fake.server.stats()).toMatchObject({ sessions: 0, exchanges: 0, subscriptions: 0, stdins: 0, admitted: 1 });
});

test('the close codes tell a client whether to come back (WS-7)', () => {
  const coming = Object.keys(CLOSE_CODES)
    .map(Number)
    .filter((code) => shouldReconnect(code));
  expect(coming).toEqual([1001, 1011, 1012, 1013, 4008, 4009]);
  expect([shouldReconnect(1005), shouldReconnect(1006)]).toEqual([true, true]);
});

test('a thousand idle connections cost little memory (WS-11)', async () => {
  await using fake = await startFakeServer({ limits: { sessions: 1000 } });
  const before = memoryInUse();
  const clients = await Promise.all(Array.from({ length: 500 }, () => fake.connect()));
  // Both ends of each connection are in this process.
  expect(memoryInUse() - before).toBeLessThan(2 * 60 * 1024 * 1024);
  expect(fake.server.stats().sessions).toBe(500);
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
});
