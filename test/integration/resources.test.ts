// Resources over a raw connection, as any program that speaks WebSocket uses them.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Resource, ResourceEvent, ResourceType } from '../../src/protocol/resource.ts';
import { newResource } from '../../src/state/resource.ts';
import { testAgent, type TestAgent } from '../harness/test-agent.ts';
import { until } from '../harness/until.ts';
import { type Frame, WireClient } from '../server/wire-client.ts';

const TYPE = 'Disks.example.corex';
const KIND = { namespace: 'config', type: TYPE };

let started: TestAgent;
let client: WireClient;

beforeAll(async () => {
  started = await testAgent();
  client = await connect();
});
afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await started?.[Symbol.asyncDispose]();
});

async function connect(): Promise<WireClient> {
  const { agent, dataDir } = started;
  const url = agent.endpoints.find((endpoint) => endpoint.startsWith('ws:')) ?? '';
  const token = readFileSync(path.join(dataDir, 'token'), 'utf8').trim();
  return await WireClient.open(url, { headers: { Authorization: `Bearer ${token}` } });
}

async function answer<Answer = Resource>(command: string, args: object = {}, over = client): Promise<Answer> {
  const result = await over.call(command, args);
  if (result['state'] !== 'SUCCESS') throw new Error(JSON.stringify(result['error']));
  return JSON.parse(result['data'] as string) as Answer;
}

async function failure(command: string, args: object): Promise<[string, unknown, string]> {
  const result = await client.call(command, args);
  const { code, message } = result['error'] as { code: string; message: string };
  return [code, result['code'], message];
}

const disk = (id: string, more: object = {}, spec: unknown = { gigabytes: 1 }) => ({
  resource: { metadata: { ...KIND, id, ...more }, spec },
});

/** A watch on a connection of its own, and what came of it so far. */
async function watch(args: object) {
  const over = await connect();
  const { handle, bookmark } = await answer<{ handle: number; bookmark: string }>('state.watch', args, over);
  const events = (): ResourceEvent[] => over.frames.flatMap((frame) => eventsOf(frame));
  const said = (): string[] => events().map((event) => `${event.event} ${nameOf(event)}`.trim());
  return { over, handle, bookmark, events, said, [Symbol.asyncDispose]: () => over[Symbol.asyncDispose]() };
}

function eventsOf(frame: Frame): ResourceEvent[] {
  return frame.type === 'resources' ? (frame['events'] as ResourceEvent[]) : [];
}

function nameOf(event: ResourceEvent): string {
  if ('resource' in event && event.resource !== undefined) {
    return `${event.resource.metadata.id}@${String(event.resource.metadata.version)}`;
  }
  return 'id' in event ? event.id : '';
}

describe('state.create, get, list, update, teardown and destroy', () => {
  test('keep a resource from its first version to its end', async () => {
    const created = await answer('state.create', disk('sda', { labels: { bus: 'nvme' } }, { gigabytes: 500 }));
    expect(created).toMatchObject({
      metadata: { ...KIND, id: 'sda', version: 1, owner: '', phase: 'running', labels: { bus: 'nvme' } },
      spec: { gigabytes: 500 },
    });
    expect(await answer('state.get', { ...KIND, id: 'sda' })).toEqual(created);
    const whole = { ...created, spec: { gigabytes: 1000 } };
    expect(await answer('state.update', { resource: whole })).toMatchObject({
      metadata: { version: 2, labels: { bus: 'nvme' }, uid: created.metadata.uid, created: created.metadata.created },
      spec: { gigabytes: 1000 },
    });
    expect(await failure('state.update', { resource: whole })).toEqual([
      'version-conflict',
      409,
      expect.stringContaining('version 1 is given, 2 is stored; read it again'),
    ]);
    await answer('state.update', disk('sda', { finalizers: ['mounter'] }));
    expect(await answer('state.teardown', { ...KIND, id: 'sda' })).toEqual({ ready: false });
    expect(await failure('state.destroy', { ...KIND, id: 'sda' })).toEqual([
      'pending-finalizers',
      409,
      expect.stringContaining('mounter'),
    ]);
    expect((await failure('state.update', disk('sda')))[0]).toBe('phase-conflict');
    await answer('state.update', {
      resource: { metadata: { ...KIND, id: 'sda', finalizers: [] } },
      expected_phase: 'any',
    });
    expect(await answer('state.destroy', { ...KIND, id: 'sda' })).toBe(true);
    expect(await failure('state.get', { ...KIND, id: 'sda' })).toEqual(['not-found', 404, expect.any(String)]);
  });

  test('what an update does not give stays, and without a version a change of nothing writes nothing', async () => {
    await answer('state.create', disk('kept', { labels: { a: 'b' }, annotations: { c: 'd' } }));
    const metadata = { ...KIND, id: 'kept' };
    expect(await answer('state.update', disk('kept'))).toMatchObject({ metadata: { version: 1 } });
    expect(await answer('state.update', { resource: { metadata: { ...metadata, labels: { e: 'f' } } } })).toMatchObject(
      {
        metadata: { version: 2, labels: { e: 'f' }, annotations: { c: 'd' } },
        spec: { gigabytes: 1 },
      },
    );
    expect(
      await answer('state.update', { resource: { metadata: { ...metadata, version: 2 }, spec: 7 } }),
    ).toMatchObject({
      metadata: { version: 3, labels: { e: 'f' } },
      spec: 7,
    });
    await answer('state.destroy', metadata);
  });

  test('what belongs to a controller is written by it alone', async () => {
    await answer('state.create', { ...disk('owned'), owner: 'mounter' });
    const pointer = { ...KIND, id: 'owned' };
    expect((await failure('state.update', disk('owned', {}, 2)))[0]).toBe('owner-conflict');
    expect((await failure('state.teardown', { ...pointer, owner: 'another' }))[0]).toBe('owner-conflict');
    expect(await answer('state.update', { ...disk('owned', {}, 2), owner: 'mounter' })).toMatchObject({ spec: 2 });
    expect(await answer('state.teardown', { ...pointer, owner: 'mounter' })).toEqual({ ready: true });
    expect(await answer('state.destroy', { ...pointer, owner: 'mounter' })).toBe(true);
  });

  test('bytes and large integers come back as they were given', async () => {
    const spec = { key: { $bytes: 'AAEC' }, size: { $bigint: '123456789012345678901' }, $ref: 'x', $$bytes: 'y' };
    expect((await answer('state.create', disk('special', {}, spec))).spec).toEqual(spec);
    expect((await answer('state.create', disk('escaped', {}, { $$bytes: 'no' }))).spec).toEqual({ $$bytes: 'no' });
    for (const id of ['special', 'escaped']) await answer('state.destroy', { ...KIND, id });
  });

  test('lists come by id, a page at a time, chosen by labels and ids', async () => {
    const kind = { namespace: 'config', type: 'Pages.example.corex' };
    const ids = Array.from({ length: 12 }, (_, at) => `page-${String(at).padStart(2, '0')}`);
    for (const [at, id] of ids.entries()) {
      const metadata = { ...kind, id, labels: { size: String(at), ...(at % 2 === 0 ? { even: '' } : {}) } };
      await answer('state.create', { resource: { metadata, spec: {} } });
    }
    const list = async (more: object = {}) => {
      const page = await answer<{ resources: Resource[]; next?: string }>('state.list', { ...kind, ...more });
      return { ids: page.resources.map(({ metadata }) => metadata.id), next: page.next };
    };
    expect(await list()).toEqual({ ids, next: undefined });
    expect(await list({ limit: 5 })).toEqual({ ids: ids.slice(0, 5), next: 'page-04' });
    expect(await list({ limit: 5, after: 'page-09' })).toEqual({ ids: ids.slice(10), next: undefined });
    expect(await list({ limit: 2, after: 'page-04x' })).toEqual({ ids: ids.slice(5, 7), next: 'page-06' });
    expect(await list({ id_match: '[37]$' })).toMatchObject({ ids: ['page-03', 'page-07'] });
    const even = { key: 'even', operation: 'exists' };
    const large = { key: 'size', operation: 'lt-numeric', values: ['8'], invert: true };
    expect(await list({ labels: [[even, large]] })).toMatchObject({ ids: ['page-08', 'page-10'] });
    expect(await list({ labels: [[large], [{ key: 'size', operation: 'in', values: ['1'] }]] })).toMatchObject({
      ids: ['page-01', ...ids.slice(8)],
    });
  });

  test('a page is cut where it gets too large for one answer', async () => {
    const kind = { namespace: 'config', type: 'Blobs.example.corex' };
    const text = 'x'.repeat(400_000);
    for (const id of ['a', 'b', 'c'])
      await answer('state.create', { resource: { metadata: { ...kind, id }, spec: text } });
    const page = await answer<{ resources: Resource[]; next?: string }>('state.list', kind);
    expect([page.resources.length, page.next]).toEqual([2, 'b']);
    for (const id of ['a', 'b', 'c']) await answer('state.destroy', { ...kind, id });
  });
});

describe('state.types', () => {
  test('tells what is defined; its names work, in any case', async () => {
    const types = await answer<ResourceType[]>('state.types');
    expect(types).toContainEqual(
      expect.objectContaining({
        type: 'Namespaces.meta.cosi.dev',
        namespace: 'meta',
        name: 'Namespace',
        read_only: true,
        columns: [{ name: 'Description', path: 'spec.description' }],
        schema: expect.objectContaining({ type: 'object', required: ['description'] }),
      }),
    );
    expect(await answer('state.get', { type: 'NS', id: 'config' })).toMatchObject({
      metadata: { type: 'Namespaces.meta.cosi.dev', owner: 'meta' },
    });
  });

  test('what only the agent writes is refused, whoever is said to write', async () => {
    const denied = ['denied', 403, expect.stringContaining('only the agent writes')];
    const resource = { metadata: { type: 'ns', id: 'mine' }, spec: { description: '' } };
    expect(await failure('state.create', { resource })).toEqual(denied);
    expect(await failure('state.create', { resource, owner: 'meta' })).toEqual(denied);
    const known = { metadata: { type: 'ns', id: 'config' }, spec: { description: 'mine' } };
    expect(await failure('state.update', { resource: known, owner: 'meta' })).toEqual(denied);
    expect(await failure('state.destroy', { type: 'ns', id: 'config', owner: 'meta' })).toEqual(denied);
    expect(await failure('state.teardown', { type: 'ns', id: 'config', owner: 'meta' })).toEqual(denied);
    for (const namespace of ['runtime', 'containers']) {
      const other = { metadata: { namespace, type: 'Xs.example.corex', id: 'x' } };
      expect(await failure('state.create', { resource: other })).toEqual(denied);
    }
  });
});

describe('state.watch', () => {
  test('sends contents, then each change with what it was before, and goes on behind a bookmark', async () => {
    const kind = { namespace: 'config', type: 'Watched.example.corex' };
    await answer('state.create', { resource: { metadata: { ...kind, id: 'old' } } });
    await using all = await watch({ ...kind, bootstrap: true, bootstrap_bookmark: true });
    await answer('state.create', { resource: { metadata: { ...kind, id: 'new' } } });
    await answer('state.update', { resource: { metadata: { ...kind, id: 'new', labels: { a: 'b' } } } });
    await answer('state.destroy', { ...kind, id: 'new' });
    const expected = ['created old@1', 'bootstrapped', 'noop', 'created new@1', 'updated new@2', 'destroyed new@2'];
    await until('all came', () => all.events().length >= 6);
    expect(all.said()).toEqual(expected);
    expect(all.events()[4]).toMatchObject({ old: { metadata: { version: 1 } } });
    const [bookmark, later] = [all.events()[1]?.bookmark, all.events()[4]?.bookmark];
    expect(all.bookmark).toBe(bookmark);
    await using again = await watch({ ...kind, from: bookmark });
    await using last = await watch({ ...kind, from: later });
    await using tail = await watch({ ...kind, tail: 2 });
    await until('the past came', () => [again, last, tail].every(({ said }) => said().includes('destroyed new@2')));
    expect(again.said()).toEqual(expected.slice(3));
    expect(last.said()).toEqual(expected.slice(5));
    expect(tail.said()).toEqual(expected.slice(4));
  });

  test('of one resource it begins with what it is now, or that there is none', async () => {
    const kind = { namespace: 'config', type: 'Ones.example.corex' };
    await using one = await watch({ ...kind, id: 'a' });
    await answer('state.create', { resource: { metadata: { ...kind, id: 'b' } } });
    await answer('state.create', { resource: { metadata: { ...kind, id: 'a' } } });
    await until('both came', () => one.events().length >= 2);
    expect(one.said()).toEqual(['destroyed a', 'created a@1']);
    await using behind = await watch({ ...kind, id: 'a', from: one.bookmark });
    await until('it came', () => behind.events().length > 0);
    expect(behind.said()).toEqual(['created a@1']);
  });

  test('tells what comes to match a query as created, and what ceases to as destroyed', async () => {
    const kind = { namespace: 'config', type: 'Queried.example.corex' };
    const label = (value: string) => ({ resource: { metadata: { ...kind, id: 'a', labels: { is: value } } } });
    await answer('state.create', label('off'));
    await using on = await watch({ ...kind, labels: [[{ key: 'is', operation: 'equal', values: ['on'] }]] });
    for (const value of ['on', 'off']) await answer('state.update', label(value));
    await until('both came', () => on.events().length >= 2);
    expect(on.said()).toEqual(['created a@2', 'destroyed a@3']);
  });

  test('ends for good with state.unwatch', async () => {
    const kind = { namespace: 'config', type: 'Left.example.corex' };
    await using left = await watch(kind);
    expect(await answer('state.unwatch', { handle: left.handle }, left.over)).toBe(true);
    await answer('state.create', { resource: { metadata: { ...kind, id: 'a' } } });
    const result = await left.over.call('state.unwatch', { handle: left.handle });
    expect(result).toMatchObject({ code: 404, error: { code: 'unknown-handle' } });
    expect(left.events()).toEqual([]);
  });
});

describe('bad input', () => {
  const given = (metadata: object, more: object = {}) => ({ resource: { metadata, ...more } });
  const many = (count: number, make: (at: number) => [string, string]) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => make(at)));
  test.each<[string, object, string, number, string]>([
    ['state.get', {}, 'bad-arguments', 400, '"type"'],
    ['state.get', { type: 'x', id: 'y', nmespace: 'z' }, 'bad-arguments', 400, 'did you mean "namespace"'],
    ['state.get', { type: 'namespcaes', id: 'y' }, 'bad-request', 400, 'did you mean "namespaces"'],
    ['state.get', { type: 'x', id: 'y', namespace: 'nowhere' }, 'bad-request', 400, 'there is none'],
    ['state.get', { ...KIND, id: '' }, 'bad-arguments', 400, '"id"'],
    ['state.get', { ...KIND, id: 'a\0b' }, 'bad-arguments', 400, 'NUL'],
    ['state.get', { ...KIND, id: '\ud800' }, 'bad-arguments', 400, 'whole characters'],
    ['state.get', { ...KIND, id: 'x'.repeat(513) }, 'bad-arguments', 400, '"id"'],
    ['state.list', { ...KIND, id_match: '(' }, 'bad-request', 400, 'missing closing'],
    ['state.list', { ...KIND, id_match: '(a?){500}'.repeat(20) }, 'bad-request', 400, 'too'],
    ['state.list', { ...KIND, id_match: 'x'.repeat(257) }, 'bad-arguments', 400, '"id_match"'],
    ['state.list', { ...KIND, limit: 0 }, 'bad-arguments', 400, '"limit"'],
    ['state.list', { ...KIND, labels: [{ key: 'a' }] }, 'bad-arguments', 400, '"labels'],
    ['state.list', { ...KIND, labels: [[{ key: 'a', operation: 'like' }]] }, 'bad-arguments', 400, 'operation'],
    ['state.list', { ...KIND, labels: [[{ key: 'a', operation: 'equal' }]] }, 'bad-request', 400, 'none is given'],
    ['state.create', given({ ...KIND }), 'bad-arguments', 400, 'id'],
    ['state.create', given({ ...KIND, id: 'a', verison: 1 }), 'bad-arguments', 400, 'verison'],
    ['state.create', given({ ...KIND, id: 'a', labels: { a: 1 } }), 'bad-arguments', 400, 'labels'],
    [
      'state.create',
      given({ ...KIND, id: 'a', labels: many(257, (at) => [`l${at}`, '']) }),
      'bad-arguments',
      400,
      '256',
    ],
    ['state.create', given({ ...KIND, id: 'a', phase: 'gone' }), 'bad-arguments', 400, 'phase'],
    ['state.create', given({ ...KIND, id: 'a', owner: 'x' }), 'bad-request', 400, 'it belongs to "x"'],
    ['state.create', given({ ...KIND, id: 'a' }, { spec: { $bytes: 'no base64' } }), 'bad-request', 400, 'base64'],
    ['state.create', given({ ...KIND, id: 'a' }, { spec: { $bigint: 'x' } }), 'bad-request', 400, 'whole number'],
    ['state.create', given({ ...KIND, id: 'a' }, { spec: 'x'.repeat(530_000) }), 'bad-request', 400, 'may have 524288'],
    ['state.update', given({ ...KIND, id: 'nobody' }), 'not-found', 404, 'there is none'],
    ['state.update', given({ ...KIND, id: 'nobody', version: 3 }), 'not-found', 404, 'there is none'],
    ['state.update', { ...given({ ...KIND, id: 'a' }), expected_phase: 'x' }, 'bad-arguments', 400, 'expected_phase'],
    ['state.destroy', { ...KIND, id: 'nobody' }, 'not-found', 404, 'there is none'],
    ['state.teardown', { ...KIND, id: 'nobody' }, 'not-found', 404, 'there is none'],
    ['state.watch', { ...KIND, from: '***' }, 'bad-arguments', 400, 'base64url'],
    ['state.watch', { ...KIND, from: '' }, 'invalid-bookmark', 410, 'it is none of this state'],
    ['state.watch', { ...KIND, from: 'AAAAAAAAAAAAAAAAAAAAAA' }, 'invalid-bookmark', 410, 'another life'],
    ['state.watch', { ...KIND, tail: -1 }, 'bad-arguments', 400, '"tail"'],
    ['state.watch', { ...KIND, tail: 1, bootstrap: true }, 'bad-request', 400, 'at once'],
    ['state.watch', { ...KIND, id: 'a', bootstrap: true }, 'bad-request', 400, 'one resource'],
    ['state.watch', { ...KIND, id: 'a', labels: [] }, 'bad-request', 400, 'one resource'],
    ['state.unwatch', { handle: 999 }, 'unknown-handle', 404, 'no handle'],
    ['state.types', { x: 1 }, 'bad-arguments', 400, '"x"'],
  ])('%s refuses %j', async (command, args, code, number, message) => {
    expect(await failure(command, args)).toEqual([code, number, expect.stringContaining(message)]);
  });

  test('leaves the connection and the state as they were', async () => {
    expect(await answer('core.ping')).toMatch(/^PONG/);
    expect(await answer('state.list', KIND)).toEqual({ resources: [] });
  });
});

test('a reader that stands still is ended with watch-overrun, and nobody else is held up', async () => {
  const { state } = started.agent;
  const kind = { namespace: 'runtime', type: 'Busies.example.corex' };
  await using still = await watch(kind);
  await using reads = await watch({ ...kind, labels: [[{ key: 'is', operation: 'equal', values: ['last'] }]] });
  still.over.ws.pause();
  // More than a connection holds and a watch may be behind.
  const writes = 200;
  for (let at = 1; at <= writes; at += 1) {
    const spec = { text: String(at).padEnd(500_000) };
    await state.create(newResource({ ...kind, id: String(at), spec, labels: at === writes ? { is: 'last' } : {} }));
    await state.destroy({ ...kind, id: String(at) });
  }
  await until('the other saw the last one', () => reads.said().length === 2);
  still.over.ws.resume();
  const end = await still.over.next(({ type }) => type === 'error', 20_000);
  expect(end).toMatchObject({ code: 'watch-overrun', handle: still.handle });
  expect(still.events().length).toBeLessThan(2 * writes);
  expect(await answer('core.ping', {}, still.over)).toMatch(/^PONG/);
}, 60_000);
