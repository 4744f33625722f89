import { afterAll, beforeAll, expect, test } from 'vitest';

import { MemoryBackend } from '../../src/state/memory-backend.ts';
import { newResource } from '../../src/state/resource.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';
import { type CosiStage, cosiStage } from './cosi-stage.ts';
import { RawClient, type RawEvent, RawStream } from './raw-client.ts';

const WATCH_LIMIT = 2_000;

let stage: CosiStage;
let raw: RawClient;
let kinds = 0;

beforeAll(async () => {
  stage = await cosiStage(new MemoryBackend({ watchLimit: WATCH_LIMIT }));
  raw = new RawClient(stage.url);
});

afterAll(async () => {
  raw[Symbol.dispose]();
  await stage[Symbol.asyncDispose]();
});

function freshKind(): { namespace: string; type: string } {
  kinds += 1;
  return { namespace: 'n', type: `t${kinds}` };
}

function open(request: object): RawStream {
  return new RawStream(raw.stream('Watch', request));
}

async function next(watch: RawStream): Promise<readonly RawEvent[] | undefined> {
  return await within(20_000, 'a message', watch.next());
}

function said(events: readonly RawEvent[] | undefined): string[] | undefined {
  return events?.map(({ event_type = 'CREATED', resource }) => `${event_type} ${resource.metadata.id ?? ''}`);
}

async function create(kind: { namespace: string; type: string }, ...ids: string[]): Promise<void> {
  for (const id of ids) await stage.state.create(newResource({ ...kind, id, spec: {} }));
}

test('a watch says first that it is registered, by a message of nothing', async () => {
  const kind = freshKind();
  await create(kind, 'before');
  using watch = open({ ...kind, api_version: 1 });
  expect(await next(watch)).toEqual([]);
  await create(kind, 'behind');
  expect(said(await next(watch))).toEqual(['CREATED behind']);
});

test('the watch of one resource begins with what is there, and where there is none with a resource without version', async () => {
  const kind = freshKind();
  using watch = open({ ...kind, id: 'one', api_version: 1, options: { aggregated: true, id_query: { regexp: 'x' } } });
  expect(await next(watch)).toEqual([]);
  const [absent] = (await next(watch)) ?? [];
  expect(absent).toMatchObject({
    event_type: 'DESTROYED',
    resource: { metadata: { ...kind, id: 'one', version: 'undefined', phase: 'running' }, spec: {} },
  });
  await create(kind, 'one');
  await stage.state.updateWithConflicts({ ...kind, id: 'one' }, (draft) => void (draft.labels['a'] = 'b'));
  expect(said(await next(watch))).toEqual(['CREATED one']);
  const [updated] = (await next(watch)) ?? [];
  expect(updated).toMatchObject({
    event_type: 'UPDATED',
    resource: { metadata: { version: '2', labels: { a: 'b' } } },
    old: { metadata: { version: '1' }, spec: {} },
  });
  expect(updated?.bookmark).toHaveLength(16);
});

test('an id that is there and empty is the id of one resource', async () => {
  const kind = freshKind();
  await create(kind, '', 'other');
  using watch = open({ ...kind, id: '', api_version: 1 });
  await next(watch);
  expect(said(await next(watch))).toEqual(['CREATED ']);
});

test('a batch comes in one message where that is asked for, and in one each where it is not', async () => {
  const kind = freshKind();
  await create(kind, 'a', 'b');
  const options = { bootstrap_contents: true, bootstrap_bookmark: true };
  using batches = open({ ...kind, api_version: 1, options: { ...options, aggregated: true } });
  await next(batches);
  expect(said(await next(batches))).toEqual(['CREATED a', 'CREATED b', 'BOOTSTRAPPED ']);
  expect(said(await next(batches))).toEqual(['NOOP ']);
  using single = open({ ...kind, api_version: 1, options });
  for (const events of [[], ['CREATED a'], ['CREATED b'], ['BOOTSTRAPPED '], ['NOOP ']]) {
    expect(said(await next(single))).toEqual(events);
  }
});

test('clients of the first days are not told of events they do not know', async () => {
  const kind = freshKind();
  await create(kind, 'a');
  using watch = open({ ...kind, options: { bootstrap_contents: true, bootstrap_bookmark: true } });
  for (const events of [[], ['CREATED a'], ['NOOP ']]) expect(said(await next(watch))).toEqual(events);
  const empty = freshKind();
  using batches = open({ ...empty, options: { bootstrap_contents: true, aggregated: true } });
  for (const events of [[], []]) expect(said(await next(batches))).toEqual(events);
});

test('a large batch comes in several messages', async () => {
  const kind = freshKind();
  const spec = { $yaml: 'x'.repeat(300_000) };
  for (const id of ['a', 'b', 'c', 'd']) await stage.state.create(newResource({ ...kind, id, spec }));
  using watch = open({ ...kind, api_version: 1, options: { bootstrap_contents: true, aggregated: true } });
  for (const events of [[], ['CREATED a', 'CREATED b'], ['CREATED c', 'CREATED d'], ['BOOTSTRAPPED ']]) {
    expect(said(await next(watch))).toEqual(events);
  }
});

const kind = { namespace: 'n', type: 'refused' };
test.each([
  ['UNIMPLEMENTED', { ...kind, id: 'a', options: { bootstrap_contents: true } }],
  ['UNIMPLEMENTED', { ...kind, id: 'a', options: { label_query: [{ terms: [] }] } }],
  ['INVALID_ARGUMENT', { ...kind, id: 'a', options: { tail_events: 1, start_from_bookmark: Buffer.alloc(16) } }],
  ['INVALID_ARGUMENT', { ...kind, options: { tail_events: 1, bootstrap_contents: true } }],
  ['INVALID_ARGUMENT', { ...kind, options: { label_query: [{ terms: [{ key: 'a', op: 'EQUAL' }] }] } }],
  ['INVALID_ARGUMENT', { ...kind, options: { id_query: { regexp: '(?<=a)' } } }],
  ['FAILED_PRECONDITION', { ...kind, options: { start_from_bookmark: Buffer.alloc(0) } }],
  ['FAILED_PRECONDITION', { ...kind, options: { start_from_bookmark: Buffer.alloc(16, 1) } }],
  ['FAILED_PRECONDITION', { ...kind, id: 'a', options: { start_from_bookmark: Buffer.alloc(3) } }],
])('a watch is refused with %s before it is registered %#', async (status, request) => {
  expect(await raw.collect('Watch', { ...request, api_version: 1 })).toMatchObject({ status });
});

test('a caller who does not read is told in the end, and holds up nobody', async () => {
  const flood = freshKind();
  const stream = raw.stream('Watch', { ...flood, api_version: 1 });
  const watch = new RawStream(stream);
  await next(watch);
  using quick = open({ ...flood, api_version: 1 });
  await next(quick);
  const spec = { $yaml: 'x'.repeat(5_000) };
  let heard = 0;
  const reading = (async () => {
    while (heard < 3 * WATCH_LIMIT) heard += (await next(quick))?.length ?? 0;
  })();
  for (let at = 0; at < 3 * WATCH_LIMIT; at += 1) {
    await stage.state.create(newResource({ ...flood, id: String(at), spec }));
    if (at % 500 === 499) await until('the quick one has heard that', () => heard > at);
  }
  await reading;
  let last: RawEvent | undefined;
  for (let events = await next(watch); events !== undefined; events = await next(watch)) last = events.at(-1) ?? last;
  expect(last).toMatchObject({ event_type: 'ERRORED', error: expect.stringContaining('fell behind') });
});

test('a watch ends with its caller, and one who waits for the end of a resource lets go of it when it leaves', async () => {
  const left = freshKind();
  await stage.state.create(newResource({ ...left, id: 'held', spec: {}, finalizers: ['somebody'] }));
  const { backend } = stage.state as unknown as { backend: MemoryBackend };
  let listening = 0;
  const { log } = backend;
  const listen = log.listen.bind(log);
  log.listen = (what, listener) => {
    const ear = listen(what, listener);
    listening += 1;
    return {
      [Symbol.dispose]: () => {
        listening -= 1;
        ear[Symbol.dispose]();
      },
    };
  };
  try {
    const watch = open({ ...left, api_version: 1 });
    await next(watch);
    const leaving = new AbortController();
    const ending = stage.backend.teardownAndDestroy({ ...left, id: 'held' }, { signal: leaving.signal });
    await until('both listen', () => listening === 2);
    watch[Symbol.dispose]();
    await until('the watch has ended', () => listening === 1);
    leaving.abort(new Error('enough'));
    await expect(ending).rejects.toThrow('enough');
    await until('nobody listens', () => listening === 0);
  } finally {
    log.listen = listen;
  }
});
