import { expect, test } from 'vitest';
import { until } from '../harness/until.ts';
import { startFakeServer } from './start-fake-server.ts';

test('a subscription begins after the result that names its handle, and ends with `end`', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  const job = fake.engine.job('job');
  job.sayLines('one', 'two');
  job.settle();
  const result = await client.call('job.subscribe', { id: 'job', from: 'start', tail: 3 });
  const { handle, position } = JSON.parse(result['data'] as string) as { handle: number; position: number };
  expect([handle, position]).toEqual([1, 0]);
  const end = await client.next(({ type }) => type === 'end');
  expect(client.frames.map(({ type }) => type)).toEqual(['hello', 'result', 'messages', 'messages', 'end']);
  expect(client.frames.slice(2).map((frame) => frame['handle'])).toEqual([handle, handle, handle]);
  expect(end).toEqual({ type: 'end', id: 'job', handle, position: 8 });
  expect(job.reads).toEqual([{ from: 'start', tail: 3, as: 'messages' }]);
});

test('subscriptions of a command that failed never begin', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  const job = fake.engine.job('job');
  job.sayLines('never seen');
  fake.engine.calls.set('fake.half', (_args, caller) => {
    caller.session?.subscribe(job, { from: 'start', as: 'messages' });
    throw new Error('after all not');
  });
  expect(await client.call('fake.half')).toMatchObject({ state: 'ERROR' });
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  expect(client.frames.map(({ type }) => type)).toEqual(['hello', 'result', 'result']);
  expect(job.readers[0]).toMatchObject({ isClosed: true, fetches: 0 });
  expect(fake.server.stats().subscriptions).toBe(0);
});

test('unsubscribing stops the frames at once and sends no `end`', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  const job = fake.engine.job('job');
  job.sayLines('seen');
  await client.call('job.subscribe', { id: 'job' });
  await client.next(({ type }) => type === 'messages');
  expect(await client.call('job.unsubscribe', { handle: 1 })).toMatchObject({ data: 'true' });
  job.sayLines('not seen');
  job.settle();
  expect(await client.call('job.unsubscribe', { handle: 1 })).toMatchObject({ data: 'false' });
  expect(await client.call('job.unsubscribe', { handle: 99 })).toMatchObject({ data: 'false' });
  expect(client.frames.filter(({ type }) => type === 'messages' || type === 'end')).toHaveLength(1);
  expect(job.readers[0]?.isClosed).toBe(true);
  expect(fake.server.stats().subscriptions).toBe(0);
});

test('several subscriptions to one job have handles of their own', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  const job = fake.engine.job('job');
  await client.call('job.subscribe', { id: 'job' });
  await client.call('job.subscribe', { id: 'job' });
  job.sayLines('both');
  job.settle();
  await until('both ended', () => client.frames.filter(({ type }) => type === 'end').length === 2);
  const handles = client.frames.filter(({ type }) => type === 'messages').map((frame) => frame['handle']);
  expect(handles.toSorted()).toEqual([1, 2]);
});

test('a subscription whose reader fails says so and ends', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  const job = fake.engine.job('job');
  await client.call('job.subscribe', { id: 'job' });
  await until('it is read', () => job.readers[0]?.fetches === 1);
  job.readers[0]!.failure = new Error('the log is damaged');
  job.sayLines('wake up');
  expect(await client.next(({ type }) => type === 'error')).toMatchObject({ code: 'internal', handle: 1 });
  expect(await client.next(({ type }) => type === 'end')).toMatchObject({ handle: 1, position: 0 });
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
});

test('a connection may have so many subscriptions and no more', async () => {
  await using fake = await startFakeServer({ limits: { subscriptions: 2 } });
  await using client = await fake.connect();
  fake.engine.job('job');
  await client.call('job.subscribe', { id: 'job' });
  await client.call('job.subscribe', { id: 'job' });
  expect(await client.call('job.subscribe', { id: 'job' })).toMatchObject({ error: { code: 'too-many' } });
  await client.call('job.unsubscribe', { handle: 1 });
  expect(await client.call('job.subscribe', { id: 'job' })).toMatchObject({ state: 'SUCCESS' });
});

test('a streamed job beyond that limit runs unstreamed', async () => {
  await using fake = await startFakeServer({ limits: { subscriptions: 0 } });
  await using client = await fake.connect();
  const job = fake.engine.job('job');
  job.sayLines('not seen');
  job.settle();
  client.send({ command: 'fake.job', id: 'job', ref: 'r', stream: true });
  expect(await client.result('r')).toMatchObject({ state: 'SUCCESS' });
  expect(client.frames.map(({ type }) => type)).toEqual(['hello', 'accepted', 'result']);
});

test('a thousand idle subscriptions do not hold up a busy one', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  const idle = fake.engine.job('idle');
  for (let count = 0; count < 1000; count += 1)
    client.send({ command: 'job.subscribe', ref: count, arguments: { id: 'idle' } });
  await client.result(999);
  const busy = fake.engine.job('busy');
  busy.sayLines(...Array.from({ length: 20_000 }, (_, line) => `line ${String(line)}`));
  busy.settle();
  await client.call('job.subscribe', { id: 'busy' });
  await client.next((frame) => frame.type === 'end' && frame['id'] === 'busy');
  const lines = client.frames.flatMap((frame) =>
    frame['id'] === 'busy' ? ((frame['messages'] ?? []) as unknown[]) : [],
  );
  expect(lines).toHaveLength(20_000);
  idle.sayLines('to all');
  await until(
    'all heard it',
    () => client.frames.filter((frame) => frame['id'] === 'idle' && frame.type === 'messages').length === 1000,
  );
});
