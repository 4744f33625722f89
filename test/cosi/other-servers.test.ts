import { expect, test } from 'vitest';

import { CosiBackend } from '../../src/cosi/cosi-backend.ts';
import { opaqueSpec } from '../../src/cosi/opaque-spec.ts';
import { newResource } from '../../src/state/resource.ts';
import { State } from '../../src/state/state.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { cosiStage } from './cosi-stage.ts';
import { otherServer } from './other-server.ts';
import { type Answer, RawClient } from './raw-client.ts';

const KIND = { namespace: 'n', type: 't' };

test('a server that can not tear down is asked once, and it is done with what it can', async () => {
  await using directory = tempDir();
  const url = `unix:${directory.at('old.sock')}`;
  await using stage = await cosiStage();
  using raw = new RawClient(stage.url);
  const asked: string[] = [];
  using _old = await otherServer(url, {
    call: (name, request) => {
      asked.push(name);
      return name.startsWith('Teardown') ? undefined : raw.call(name, request);
    },
    watch: (request) => raw.stream('Watch', request),
  });
  const backend = await CosiBackend.open({ url });
  const [a, b] = [
    { ...KIND, id: 'a' },
    { ...KIND, id: 'b' },
  ];
  for (const pointer of [a, b]) {
    await backend.create(newResource({ ...pointer, spec: opaqueSpec(Buffer.from('x'), ''), finalizers: ['f'] }));
  }
  expect(await backend.teardown(a)).toBe(false);
  expect(await backend.teardown(b)).toBe(false);
  const ends = Promise.all([backend.teardownAndDestroy(a), backend.teardownAndDestroy(b)]);
  const state = new State(backend);
  await state.removeFinalizer(a, 'f');
  await state.removeFinalizer(b, 'f');
  await ends;
  await expect(backend.teardownAndDestroy(a)).rejects.toMatchObject({ code: 'not-found' });
  expect(await stage.state.list(KIND)).toEqual([]);
  expect(asked.filter((name) => name === 'Teardown')).toHaveLength(1);
  expect(asked.filter((name) => name === 'TeardownAndDestroy').length).toBeLessThan(3);
  await backend.close();
});

test('a spec that a server loses is an error, and one that it gives is known by its bytes', async () => {
  await using directory = tempDir();
  const url = `unix:${directory.at('other.sock')}`;
  const metadata = { ...KIND, id: 'one', version: '1', phase: 'running' };
  using _other = await otherServer(url, {
    call: async (name): Promise<Answer> => ({
      resource: { metadata, spec: name === 'Get' ? { proto_spec: Buffer.from('x'), yaml_spec: 'a: 1\n' } : {} },
    }),
  });
  const backend = await CosiBackend.open({ url });
  const json = newResource({ ...KIND, id: 'one', spec: { a: 1 } });
  await expect(backend.create(json)).rejects.toMatchObject({ code: 'unsupported', message: /is lost/ });
  expect(await backend.get({ ...KIND, id: 'one' })).toMatchObject({ spec: { $proto: 'eA==', $yaml: 'a: 1\n' } });
  await backend.close();
});

test.each([
  ['PERMISSION_DENIED', 'owner-conflict', 'denied'],
  ['FAILED_PRECONDITION', 'version-conflict', 'unavailable'],
  ['INVALID_ARGUMENT', 'phase-conflict', 'bad-request'],
  ['NOT_FOUND', 'not-found', 'not-found'],
  ['UNKNOWN', 'unavailable', 'unavailable'],
  ['UNAUTHENTICATED', 'denied', 'denied'],
])('%s of a server that says no more is taken for what it means to the call', async (status, onUpdate, onGet) => {
  await using directory = tempDir();
  const url = `unix:${directory.at('other.sock')}`;
  using _other = await otherServer(url, { call: () => Promise.resolve({ status, details: 'no' }) });
  const backend = await CosiBackend.open({ url });
  const resource = newResource({ ...KIND, id: 'one', spec: {} });
  await expect(backend.update(resource)).rejects.toMatchObject({ code: onUpdate, message: 'no' });
  await expect(backend.get({ ...KIND, id: 'one' })).rejects.toMatchObject({ code: onGet });
  await backend.close();
});

test('a server that never answers is given up', async () => {
  await using directory = tempDir();
  const url = `unix:${directory.at('other.sock')}`;
  using _other = await otherServer(url, { call: () => new Promise(() => undefined) });
  const backend = await CosiBackend.open({ url, timeoutMs: 100 });
  await expect(backend.get({ ...KIND, id: 'one' })).rejects.toMatchObject({ code: 'unavailable' });
  await backend.close();
});
