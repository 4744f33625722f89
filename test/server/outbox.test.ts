// Back-pressure of one connection over real sockets. WS-5, SEC-23.
import { expect, test } from 'vitest';
import type { ReadingItem } from '../../src/engine/streams/reading.ts';
import { SERVER_TLS } from '../fixtures/certificates/certificates.ts';
import type { FakeReader } from '../fakes/fake-job.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';
import { memoryInUse } from '../harness/memory-in-use.ts';
import { startFakeServer } from './start-fake-server.ts';
import type { FakeServer } from './start-fake-server.ts';
import { WireClient } from './wire-client.ts';

const MIB = 1024 * 1024;
const block = Buffer.alloc(64 * 1024, 'x');

/** Output of so many bytes, made when it is fetched. */
function flood(bytes: number): (index: number) => ReadingItem | undefined {
  return (index) => {
    const position = index * block.length;
    return position < bytes ? { type: 'bytes', stream: 'stdout', position, bytes: block } : undefined;
  };
}

/** How much a process that does nothing else still fetches for a while: until it has not grown for a few looks. */
async function settled(read: () => number): Promise<number> {
  let last = -1;
  let same = 0;
  await until('it stopped growing', () => {
    same = read() === last ? same + 1 : 0;
    last = read();
    return same >= 20;
  });
  return last;
}

test('a reader that stops is not fetched for, and costs no memory; when it goes on nothing is missing', async () => {
  await using fake = await startFakeServer();
  await using slow = await fake.connect();
  const total = 400 * MIB;
  const job = fake.engine.job('job');
  job.source = flood(total);
  job.settle();
  await slow.call('job.subscribe', { id: 'job', as: 'bytes' });
  slow.ws.pause();
  const [reader] = job.readers;
  // The sockets’ own buffers take some megabytes before the server sees that nobody reads.
  const fetched = await settled(() => reader!.position);
  expect(fetched).toBeLessThan(32 * MIB);
  const before = memoryInUse();
  await using quick = await fake.connect();
  const start = performance.now();
  for (let round = 0; round < 200; round += 1) await quick.call('core.ping');
  expect(performance.now() - start).toBeLessThan(60_000);
  expect(reader!.position).toBe(fetched);
  expect(memoryInUse() - before).toBeLessThan(64 * MIB);

  let received = 0;
  let next = 0;
  slow.ws.removeAllListeners('message');
  slow.binary.length = 0;
  const done = new Promise<void>((resolve) => {
    slow.ws.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) {
        if (data.includes('"end"')) resolve();
        return;
      }
      const position = Number(data.readBigUInt64BE(5));
      if (received > 0 && position !== next) throw new Error(`expected ${String(next)}, got ${String(position)}`);
      next = position + data.length - 13;
      received += data.length - 13;
    });
  });
  slow.ws.resume();
  await within(20_000, 'the rest', done);
  expect(next).toBe(total);
});

test('bytes go out whole over TLS, too', async () => {
  await using fake = await startFakeServer({ listeners: [{ url: 'wss://127.0.0.1:0', tls: SERVER_TLS }] });
  await using client = await WireClient.open(fake.url, { headers: fake.authorization, rejectUnauthorized: false });
  const job = fake.engine.job('job');
  job.source = flood(16 * MIB);
  job.settle();
  await client.call('job.subscribe', { id: 'job', as: 'bytes' });
  await client.next(({ type }) => type === 'end', 20_000);
  expect(client.binary.every(({ payload }) => payload.every((byte) => byte === 0x78))).toBe(true);
  expect(client.binary.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(16 * MIB);
});

test('a stopped reader of one connection does not slow the reader of another', async () => {
  await using fake = await startFakeServer();
  await using slow = await fake.connect();
  await using quick = await fake.connect();
  const job = fake.engine.job('job');
  job.source = flood(64 * MIB);
  job.settle();
  await slow.call('job.subscribe', { id: 'job', as: 'bytes' });
  slow.ws.pause();
  await quick.call('job.subscribe', { id: 'job', as: 'bytes' });
  await quick.next(({ type }) => type === 'end', 20_000);
  expect(quick.binary.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(64 * MIB);
  expect(job.readers[0]!.position).toBeLessThan(32 * MIB);
});

test('two readers on one connection get their shares, and a quiet third is heard between them', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  for (const id of ['one', 'two']) fake.engine.job(id).source = flood(Number.MAX_SAFE_INTEGER);
  const quiet = fake.engine.job('quiet');
  const handles: unknown[] = [];
  for (const id of ['one', 'two']) {
    const { data } = await client.call('job.subscribe', { id, as: 'bytes' });
    handles.push((JSON.parse(data as string) as { handle: number }).handle);
  }
  await client.call('job.subscribe', { id: 'quiet' });
  const received = new Map<unknown, number>();
  client.ws.removeAllListeners('message');
  let heard = 0;
  client.ws.on('message', (data: Buffer, isBinary) => {
    const handle = isBinary ? data.readUInt32BE(1) : 0;
    received.set(handle, (received.get(handle) ?? 0) + data.length);
    if (!isBinary && data.includes('quiet word')) heard += 1;
  });
  for (let round = 1; round <= 20; round += 1) {
    quiet.sayLines(`quiet word ${String(round)}`);
    await until('the quiet one was heard', () => heard === round, { withinMs: 10_000, everyMs: 1 });
  }
  await until('much came', () => [...received.values()].reduce((sum, bytes) => sum + bytes, 0) > 64 * MIB);
  const [one = 0, two = 0] = handles.map((handle) => received.get(handle));
  expect(one / two).toBeGreaterThan(0.5);
  expect(one / two).toBeLessThan(2);
});

test('replies reach a reader in the middle of a flood', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  const job = fake.engine.job('job');
  job.source = flood(Number.MAX_SAFE_INTEGER);
  await client.call('job.subscribe', { id: 'job', as: 'bytes' });
  client.binary.push = () => 0;
  for (let round = 0; round < 50; round += 1)
    expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
});

/** A reply of so many bytes, under `fake.large`. */
function large(fake: FakeServer, bytes: number): void {
  const text = 'x'.repeat(bytes);
  fake.engine.calls.set('fake.large', () => text);
}

/** A subscription that says nothing, whose reader is closed as soon as its session lets go. */
async function quietReader(fake: FakeServer, client: WireClient): Promise<FakeReader> {
  const job = fake.engine.job('quiet');
  await client.call('job.subscribe', { id: 'quiet' });
  return job.readers[0]!;
}

test('a peer that takes nothing of its replies is closed with 4008, and its memory is free again', async () => {
  await using fake = await startFakeServer({ limits: { slowPatienceMs: 200 } });
  await using client = await fake.connect();
  large(fake, 100_000);
  const before = memoryInUse();
  client.ws.pause();
  for (let sent = 0; sent < 800; sent += 1) client.send({ command: 'fake.large', ref: sent });
  await until('the session is closed', () => fake.server.stats().connections === 0);
  expect(memoryInUse() - before).toBeLessThan(128 * MIB);
  client.ws.resume();
  // The close frame stands behind all the rest, which may have been cut off.
  expect([4008, 1006]).toContain((await within(10_000, 'the close', client.closed)).code);
});

test.each([
  ['TCP', { url: 'ws://127.0.0.1:0' }],
  ['TLS', { url: 'wss://127.0.0.1:0', tls: SERVER_TLS }],
])('a peer that is closed for taking nothing reads why, when it goes on in time: %s', async (_what, listen) => {
  await using fake = await startFakeServer({ listeners: [listen], limits: { slowPatienceMs: 200 } });
  await using client = await WireClient.open(fake.url, { headers: fake.authorization, rejectUnauthorized: false });
  const quiet = await quietReader(fake, client);
  large(fake, 100_000);
  client.ws.pause();
  // More than the system may keep for a socket, tens of megabytes, and what the server may hold beside.
  for (let sent = 0; sent < 800; sent += 1) client.send({ command: 'fake.large', ref: sent });
  await until('the session let go', () => quiet.isClosed);
  client.ws.resume();
  expect(await within(10_000, 'the close', client.closed)).toEqual({ code: 4008, reason: 'slow' });
});

test('a peer that takes nothing and stays below the hard limit is closed as a dead one is', async () => {
  await using fake = await startFakeServer({ limits: { deadPeerMs: 300 } });
  await using client = await fake.connect();
  const quiet = await quietReader(fake, client);
  large(fake, 1_000_000);
  client.ws.pause();
  for (let sent = 0; sent < 8; sent += 1) client.send({ command: 'fake.large', ref: sent });
  await until('the session let go', () => quiet.isClosed);
  client.ws.resume();
  expect(await within(10_000, 'the close', client.closed)).toMatchObject({ code: 4008 });
});

test('a peer that takes its replies gets all of them, however many and however large', async () => {
  await using fake = await startFakeServer({ limits: { slowPatienceMs: 300 } });
  await using client = await fake.connect();
  large(fake, 30_000);
  for (let ref = 0; ref < 4000; ref += 1) {
    client.send({ command: 'fake.large', ref });
    if (ref % 500 === 499) await new Promise((resolve) => setImmediate(resolve));
  }
  await client.next(() => client.frames.length === 4001, 20_000);
  const refused = client.frames.filter((frame) => frame['refused'] === true).length;
  expect(client.frames.length - 1 - refused).toBeGreaterThanOrEqual(1024);
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
});

test('a peer that takes its replies slowly keeps its connection', async () => {
  await using fake = await startFakeServer({ limits: { slowPatienceMs: 400, deadPeerMs: 800, heartbeatMs: 200 } });
  await using client = await fake.connect();
  large(fake, 200_000);
  client.ws.pause();
  for (let ref = 0; ref < 150; ref += 1) client.send({ command: 'fake.large', ref });
  const start = performance.now();
  while (client.frames.length < 151) {
    client.ws.resume();
    await new Promise((resolve) => setTimeout(resolve, 3));
    client.ws.pause();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(performance.now() - start).toBeLessThan(60_000);
  }
  client.ws.resume();
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
});

test('a peer is not listened to while it leaves replies, and its commands are taken when it goes on', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  large(fake, 1_000_000);
  client.ws.pause();
  for (let ref = 0; ref < 8; ref += 1) client.send({ command: 'fake.large', ref });
  await until('they are answered', () => fake.server.stats().traffic.textOut === 9);
  client.send({ command: 'job.kill', ref: 'kill', arguments: { id: 'victim' } });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(fake.engine.kills).toEqual([]);
  client.ws.resume();
  await client.result('kill');
  expect(fake.engine.kills).toEqual(['victim']);
});

test('a kill is taken from a peer that leaves its output', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  for (let count = 0; count < 20; count += 1) {
    fake.engine.job(`job-${String(count)}`).source = flood(Number.MAX_SAFE_INTEGER);
    await client.call('job.subscribe', { id: `job-${String(count)}`, as: 'bytes' });
  }
  client.ws.pause();
  await settled(() => fake.server.stats().traffic.binaryOut);
  client.send({ command: 'job.kill', arguments: { id: 'victim' } });
  await until('it was taken', () => fake.engine.kills.length === 1);
});

test('a peer far over the limit is closed at once', async () => {
  await using fake = await startFakeServer({ limits: { hardBytes: 128 * 1024, slowPatienceMs: 3_600_000 } });
  await using client = await fake.connect();
  large(fake, 500_000);
  client.ws.pause();
  for (let sent = 0; sent < 40; sent += 1) client.send({ command: 'fake.large', ref: sent });
  await until('all were taken', () => fake.server.stats().exchanges === 0);
  client.ws.resume();
  expect(await within(10_000, 'the close', client.closed)).toMatchObject({ code: 4008 });
});

test('subscriptions end to end, many times over, are complete every time', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  for (let round = 0; round < 60; round += 1) {
    const id = `job-${String(round)}`;
    const job = fake.engine.job(id);
    job.source = flood((round % 7) * MIB);
    job.sayLines(`start of ${id}`);
    job.settle();
    client.binary.length = 0;
    await client.call('job.subscribe', { id, as: 'bytes' });
    await client.next((frame) => frame.type === 'end' && frame['id'] === id, 10_000);
    // The line took the place of the first block.
    const expected = Math.max(0, (round % 7) * MIB - block.length);
    expect(client.binary.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(expected);
  }
});
