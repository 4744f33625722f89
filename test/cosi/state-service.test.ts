import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { z } from 'zod';

import { defineResource } from '../../src/state/define-resource.ts';
import { Registry } from '../../src/state/registry.ts';
import type { Resource } from '../../src/state/resource.ts';
import { newResource } from '../../src/state/resource.ts';
import { type CosiStage, cosiStage } from './cosi-stage.ts';
import { RawClient } from './raw-client.ts';

let stage: CosiStage;
let raw: RawClient;

beforeAll(async () => {
  stage = await cosiStage();
  raw = new RawClient(stage.url);
});

afterAll(async () => {
  raw[Symbol.dispose]();
  await stage[Symbol.asyncDispose]();
});

const KIND = { namespace: 'n', type: 'os/path' };

const Things = defineResource({
  type: 'Things.test.corex',
  namespace: 'n',
  schema: z.object({ size: z.number() }),
});

/** A resource as others send it. */
function sent(id: string, more: { metadata?: object; spec?: object } = {}): object {
  const metadata = { ...KIND, id, version: 'undefined', phase: 'running', ...more.metadata };
  return { metadata, spec: more.spec ?? {} };
}

function stored(id: string): Promise<Resource> {
  return stage.state.get({ ...KIND, id });
}

describe('a resource on the wire', () => {
  test('is created, got, listed, updated, torn down and destroyed', async () => {
    const created = await raw.call('Create', { resource: sent('life'), options: { owner: '' } });
    expect(created).toMatchObject({ resource: { metadata: { version: '1', phase: 'running' }, spec: {} } });
    const { resource } = created as unknown as { resource: { metadata: object; spec: object } };
    const labelled = { ...resource, metadata: { ...resource.metadata, labels: { a: 'b' } } };
    const updated = await raw.call('Update', { new_resource: labelled, options: {} });
    expect(updated).toMatchObject({ resource: { metadata: { version: '2', labels: { a: 'b' } } } });
    expect(await raw.call('Get', { ...KIND, id: 'life' })).toEqual(updated);
    expect(await raw.collect('List', KIND)).toEqual([updated]);
    expect(await raw.call('Teardown', { ...KIND, id: 'life' })).toEqual({ destroy_ready: true });
    expect(await raw.call('Get', { ...KIND, id: 'life' })).toMatchObject({
      resource: { metadata: { phase: 'tearingDown' } },
    });
    expect(await raw.call('Destroy', { ...KIND, id: 'life' })).toEqual({});
    expect(await raw.call('Get', { ...KIND, id: 'life' })).toMatchObject({ status: 'NOT_FOUND' });
  });

  test('has a spec even where that is empty, without bytes nobody sent', async () => {
    await raw.call('Create', { resource: sent('empty') });
    const answer = (await raw.call('Get', { ...KIND, id: 'empty' })) as { resource: { spec: object } };
    expect(answer.resource.spec).toEqual({});
    expect((await stored('empty')).spec).toEqual({});
    const bytes = await raw.call('Create', { resource: sent('bytes', { spec: { proto_spec: Buffer.alloc(0) } }) });
    expect((bytes as typeof answer).resource.spec).toEqual({});
  });

  test('keeps both forms of a spec byte for byte, and shows them as JSON that can be written again', async () => {
    const spec = { proto_spec: Buffer.from([0, 255, 10, 3]), yaml_spec: 'a:    1 # as it was\n' };
    await raw.call('Create', { resource: sent('opaque', { spec }) });
    expect(await raw.call('Get', { ...KIND, id: 'opaque' })).toMatchObject({ resource: { spec } });
    const inside = await stored('opaque');
    expect(inside.spec).toEqual({ $proto: 'AP8KAw==', $yaml: 'a:    1 # as it was\n' });
    await stage.state.create(newResource({ ...KIND, id: 'again', spec: JSON.parse(JSON.stringify(inside.spec)) }));
    expect(await raw.call('Get', { ...KIND, id: 'again' })).toMatchObject({ resource: { spec } });
    const yaml = { yaml_spec: '{}\n' };
    await raw.call('Create', { resource: sent('yaml', { spec: yaml }) });
    expect(await raw.call('Get', { ...KIND, id: 'yaml' })).toMatchObject({ resource: { spec: yaml } });
  });

  test('of corex shows its spec as YAML', async () => {
    await stage.state.create(newResource({ ...KIND, id: 'own', spec: { size: 1, on: 'true', list: [{ a: null }] } }));
    expect(await raw.call('Get', { ...KIND, id: 'own' })).toMatchObject({
      resource: { spec: { yaml_spec: 'size: 1\non: "true"\nlist:\n  - a: null\n' } },
    });
  });

  test('of a type that is defined is data, though it comes as YAML', async () => {
    await new Registry(stage.state).define(Things);
    const thing = (yaml: string) => ({
      metadata: { ...Things.pointer('a'), version: 'undefined', phase: 'running' },
      spec: { yaml_spec: yaml },
    });
    await raw.call('Create', { resource: thing('# mine\nsize: 1\n') });
    expect((await stage.state.get(Things.pointer('a'))).spec).toEqual({ size: 1 });
    expect(await raw.call('Get', Things.pointer('a'))).toMatchObject({
      resource: { spec: { yaml_spec: 'size: 1\n' } },
    });
    const odd = [
      ['size: [1\n', 'Flow sequence'],
      ['size: .nan\n', '"size" is NaN'],
      ['a: 1\na: 2\n', 'unique'],
      ['['.repeat(30_000), 'Cannot read the YAML of a spec'],
      ['x'.repeat(65_537), '65537 characters'],
      ['a: &a [1, 2]\nb: &b [*a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c]\n', 'alias'],
    ];
    for (const [text = '', why = ''] of odd) {
      const update = {
        new_resource: { ...thing(text), metadata: { ...thing('').metadata, version: '1' } },
        options: {},
      };
      expect(await raw.call('Update', update), text.slice(0, 20)).toMatchObject({
        status: 'INVALID_ARGUMENT',
        details: expect.stringContaining(why),
      });
    }
    expect((await stage.state.get(Things.pointer('a'))).metadata.version).toBe(1);
  });

  test('of corex stays data when it is read, changed and written back by whoever knows only YAML', async () => {
    const spec = { size: 1, on: 'true', bytes: Uint8Array.from([0, 255]), none: null, list: [{ a: [] }] };
    await stage.state.create(newResource({ ...KIND, id: 'shared', spec }));
    const { resource } = (await raw.call('Get', { ...KIND, id: 'shared' })) as unknown as {
      resource: { metadata: object; spec: { yaml_spec: string } };
    };
    const labelled = { ...resource, metadata: { ...resource.metadata, labels: { a: 'b' } } };
    expect(await raw.call('Update', { new_resource: labelled, options: {} })).toMatchObject({
      resource: { metadata: { version: '2', labels: { a: 'b' } }, spec: resource.spec },
    });
    expect((await stored('shared')).spec).toEqual(spec);
  });

  test('carries ten thousand labels, strange ones too', async () => {
    const labels = {
      ...Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`key-${at}`, `é${at}`])),
      '': 'x',
    };
    const answer = await raw.call('Create', { resource: sent('labels', { metadata: { labels } }) });
    expect(answer).toMatchObject({ resource: { metadata: { labels: { 'key-9999': 'é9999', '': 'x' } } } });
    expect(Object.keys((await stored('labels')).metadata.labels)).toHaveLength(10_001);
  });
});

describe('what is refused', () => {
  beforeAll(async () => {
    await raw.call('Create', { resource: sent('owned'), options: { owner: 'them' } });
    await raw.call('Create', { resource: sent('held', { metadata: { finalizers: ['a'] } }) });
    await raw.call('Create', { resource: sent('going', { metadata: { phase: 'tearingDown' } }) });
  });

  const update = (id: string, metadata: object, options: object | undefined): object => ({
    new_resource: sent(id, { metadata }),
    ...(options !== undefined && { options }),
  });

  test.each([
    ['NOT_FOUND', 'Get', { ...KIND, id: 'nowhere' }],
    ['NOT_FOUND', 'Get', {}],
    ['NOT_FOUND', 'Destroy', { ...KIND, id: 'nowhere' }],
    ['NOT_FOUND', 'Teardown', { ...KIND, id: 'nowhere' }],
    ['NOT_FOUND', 'TeardownAndDestroy', { ...KIND, id: 'nowhere' }],
    ['ALREADY_EXISTS', 'Create', { resource: sent('owned') }],
    ['PERMISSION_DENIED', 'Update', update('owned', { version: '1' }, {})],
    ['PERMISSION_DENIED', 'Destroy', { ...KIND, id: 'owned', options: { owner: 'us' } }],
    ['PERMISSION_DENIED', 'Teardown', { ...KIND, id: 'owned' }],
    ['PERMISSION_DENIED', 'TeardownAndDestroy', { ...KIND, id: 'owned' }],
    ['FAILED_PRECONDITION', 'Update', update('held', { version: '7' }, {})],
    ['FAILED_PRECONDITION', 'Update', update('held', { version: 'undefined' }, {})],
    ['FAILED_PRECONDITION', 'Destroy', { ...KIND, id: 'held' }],
    ['INVALID_ARGUMENT', 'Update', update('going', { version: '1' }, { expected_phase: 'running' })],
    ['INVALID_ARGUMENT', 'Update', update('held', { version: '1' }, undefined)],
    ['INVALID_ARGUMENT', 'Update', update('held', { version: '1' }, { expected_phase: 'dancing' })],
    ['INVALID_ARGUMENT', 'Update', {}],
    ['INVALID_ARGUMENT', 'Create', {}],
    ['INVALID_ARGUMENT', 'Create', { resource: {} }],
    ['INVALID_ARGUMENT', 'Create', { resource: { metadata: { ...KIND, id: 'x', version: '1', phase: 'running' } } }],
    ['INVALID_ARGUMENT', 'Create', { resource: sent('x', { metadata: { version: '' } }) }],
    ['INVALID_ARGUMENT', 'Create', { resource: sent('x', { metadata: { version: '-1' } }) }],
    ['INVALID_ARGUMENT', 'Create', { resource: sent('x', { metadata: { version: '9223372036854775808' } }) }],
    ['INVALID_ARGUMENT', 'Create', { resource: sent('x', { metadata: { version: '9'.repeat(100_000) } }) }],
    ['INVALID_ARGUMENT', 'Create', { resource: sent('x', { metadata: { phase: '' } }) }],
    ['INVALID_ARGUMENT', 'Create', { resource: sent('x', { metadata: { phase: 'running ' } }) }],
    ['INVALID_ARGUMENT', 'Create', { resource: sent('x', { metadata: { owner: 'me' } }) }],
    ['INVALID_ARGUMENT', 'Create', { resource: sent('x', { spec: { corex_json: '{' } }) }],
    ['RESOURCE_EXHAUSTED', 'Create', { resource: sent('x', { spec: { yaml_spec: 'x'.repeat(5_000_000) } }) }],
  ])('is told by its code: %s for %s %#', async (status, call, request) => {
    expect(await raw.call(call, request)).toEqual({ status, details: expect.stringMatching(/\S/) });
  });

  test('does not keep the phase from being any where no client says one', async () => {
    expect(await raw.call('Update', update('going', { version: '1', phase: 'tearingDown' }, {}))).toMatchObject({
      resource: { metadata: { version: '2' } },
    });
  });

  test.each([
    ['a field that does not end', Buffer.from([0x0a, 0x7f, 1])],
    ['a number that does not end', Buffer.alloc(20, 0xff)],
    ['field 0', Buffer.from([0x02, 0x00])],
    ['a wire type that is none', Buffer.from([0x0f, 0x00])],
    ['a number where a text is due', Buffer.from([0x08, 0x01])],
    ['a text that is no UTF-8', Buffer.from([0x0a, 0x02, 0xc3, 0x28])],
    ['a group that does not end', Buffer.from([0x2b, 0x2b, 0x2b])],
    ['groups without end', Buffer.alloc(100_000, 0x2b)],
  ])('is %s', async (_what, bytes) => {
    expect(await raw.send('Get', bytes)).toMatchObject({ status: 'INVALID_ARGUMENT' });
    expect(await raw.call('Get', { ...KIND, id: 'held' })).toHaveProperty('resource');
  });

  test('is not a field that nobody knows', async () => {
    const unknown = Buffer.from([0xf8, 0x06, 0x01, 0xfd, 0x06, 1, 2, 3, 4, 0xf9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8]);
    const pointer = Buffer.from('\n\x01n\x12\x07os/path\x1a\x04held');
    expect(await raw.send('Get', Buffer.concat([unknown, pointer]))).toBeInstanceOf(Buffer);
  });

  test('is a call there is none of', async () => {
    expect(await raw.send('Sing', Buffer.alloc(0))).toMatchObject({ status: 'UNIMPLEMENTED' });
  });
});

describe('a list', () => {
  const ask = async (options: object): Promise<unknown> => {
    const answers = await raw.collect('List', { namespace: 'labels', type: 't', options });
    if (!Array.isArray(answers)) return answers;
    return (answers as { resource: { metadata: { id: string } } }[])
      .map(({ resource }) => resource.metadata.id)
      .join('');
  };
  const term = (op: string, ...value: string[]): object => ({ label_query: [{ terms: [{ key: 'size', op, value }] }] });

  beforeAll(async () => {
    for (const [id, labels] of Object.entries({ a: { size: '10kg' }, b: { size: '20kg' }, c: {} })) {
      await stage.state.create(newResource({ namespace: 'labels', type: 't', id, spec: {}, labels }));
    }
  });

  test.each([
    ['abc', {}],
    ['ab', term('EXISTS')],
    ['c', term('NOT_EXISTS')],
    ['c', { label_query: [{ terms: [{ key: 'size', op: 'NOT_EXISTS', invert: true }] }] }],
    ['c', { label_query: [{ terms: [{ key: 'size', invert: true }] }] }],
    ['a', term('EQUAL', '10kg')],
    ['ab', term('IN', '20kg', '10kg')],
    ['', term('IN')],
    ['a', term('LT', '2')],
    ['ab', term('LTE', '20kg')],
    ['a', term('LT_NUMERIC', '12000')],
    ['ab', term('LTE_NUMERIC', '20000')],
    ['ac', { id_query: { regexp: '(?i)^[AC]$' } }],
    ['abc', { id_query: {} }],
  ])('gives "%s" %#', async (ids, options) => {
    expect(await ask(options)).toBe(ids);
  });

  test.each([
    ['INVALID_ARGUMENT', term('EQUAL')],
    ['INVALID_ARGUMENT', term('LT')],
    ['INVALID_ARGUMENT', term('LTE_NUMERIC')],
    ['INVALID_ARGUMENT', { id_query: { regexp: '(' } }],
    ['INVALID_ARGUMENT', { id_query: { regexp: '(?=a)' } }],
    ['INVALID_ARGUMENT', { id_query: { regexp: '(a)\\1' } }],
    ['UNIMPLEMENTED', { label_query: [{ terms: [{ key: 'size', op: 99 }] }] }],
  ])('is refused with %s %#', async (status, options) => {
    expect(await ask(options)).toMatchObject({ status });
  });
});
