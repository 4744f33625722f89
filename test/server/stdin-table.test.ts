import { expect, test } from 'vitest';
import { STDIN_CREDIT_BYTES } from '../../src/protocol/limits.ts';
import { until } from '../harness/until.ts';
import { memoryInUse } from '../harness/memory-in-use.ts';
import { startFakeServer } from './start-fake-server.ts';

/** Opens a standard input and gives its handle. */
async function openInput(
  client: Awaited<ReturnType<Awaited<ReturnType<typeof startFakeServer>>['connect']>>,
): Promise<number> {
  const { data } = await client.call('job.stdin', { id: 'job' });
  return (JSON.parse(data as string) as { handle: number }).handle;
}

test('binary frames reach the job, and events tell how far it took them', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  const handle = await openInput(client);
  client.sendInput(handle, 0, 'hello ');
  client.sendInput(handle, 6, 'world');
  await client.next((frame) => frame['event'] === 'stdin' && frame['offset'] === 11);
  expect(client.frames.at(-1)).toEqual({ type: 'event', id: 'job', handle, event: 'stdin', offset: 11 });
  expect(fake.engine.stdin.text).toBe('hello world');
  client.sendInput(handle, 11, '');
  await until('it was closed', () => fake.engine.stdin.closedAt === 11);
  await until('the handle is free', () => fake.server.stats().stdins === 0);
});

test('a frame for a handle that is not open is answered with an error, and the connection lives', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  client.sendInput(7, 0, 'to nobody');
  client.sendInput(0, 0, 'to nobody');
  await until('both are answered', () => client.frames.filter(({ type }) => type === 'error').length === 2);
  expect(client.frames[1]).toMatchObject({ type: 'error', code: 'unknown-handle', handle: 7 });
  expect(client.frames[2]).not.toHaveProperty('handle');
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
});

test('a client that stays within its credit loses nothing, however slow the job', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  const handle = await openInput(client);
  const total = 3 * STDIN_CREDIT_BYTES;
  const bytes = Buffer.alloc(total, 'abcdefghij');
  fake.engine.stdin.room = 0;
  let sent = 0;
  let taken = 0;
  while (taken < total) {
    const last = client.frames.findLast((frame) => frame['event'] === 'stdin');
    taken = (last?.['offset'] as number | undefined) ?? 0;
    const part = bytes.subarray(sent, Math.min(taken + STDIN_CREDIT_BYTES, sent + 200_000));
    if (part.length > 0) client.sendInput(handle, sent, part);
    sent += part.length;
    fake.engine.stdin.room = 150_000;
    await client.call('core.ping');
  }
  expect(Buffer.concat(fake.engine.stdin.taken).equals(bytes)).toBe(true);
});

test('a client beyond its credit loses that input, with an error, and nothing else', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  const handle = await openInput(client);
  const other = await openInput(client);
  fake.engine.stdin.room = 0;
  const half = Buffer.alloc(STDIN_CREDIT_BYTES / 2);
  for (const at of [0, 1, 2]) client.sendInput(handle, at * half.length, half);
  expect(await client.next(({ type }) => type === 'error')).toMatchObject({ code: 'too-many', handle });
  expect(fake.server.stats().stdins).toBe(1);
  client.sendInput(handle, 0, 'more');
  expect(await client.next((frame) => frame['code'] === 'unknown-handle')).toMatchObject({ handle });
  fake.engine.stdin.room = 100;
  client.sendInput(other, 0, 'fine');
  await until('it was taken', () => fake.engine.stdin.text === 'fine');
});

test('a client that sends single bytes costs little memory', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  const handle = await openInput(client);
  fake.engine.stdin.room = 0;
  const before = memoryInUse();
  for (let offset = 0; offset < 200_000; offset += 1) client.sendInput(handle, offset, 'x');
  await client.call('core.ping');
  expect(fake.server.stats().stdins).toBe(1);
  expect(memoryInUse() - before).toBeLessThan(128 * 1024 * 1024);
});

test('a connection may have 32 inputs open and no more', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  for (let count = 0; count < 32; count += 1) await openInput(client);
  expect(await client.call('job.stdin', { id: 'job' })).toMatchObject({ error: { code: 'too-many' } });
  client.sendInput(1, 0, '');
  await until('one is free', () => fake.server.stats().stdins === 31);
  await openInput(client);
});
