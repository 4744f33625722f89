import { describe, expect, test } from 'vitest';

import { FilteredBackend } from '../../src/state/filtered-backend.ts';
import { MemoryBackend } from '../../src/state/memory-backend.ts';
import { NamespacedBackend } from '../../src/state/namespaced-backend.ts';
import { OwnedState } from '../../src/state/owned-state.ts';
import { newResource } from '../../src/state/resource.ts';
import { State } from '../../src/state/state.ts';
import { describeBackend } from '../contracts/state-backend.ts';

describeBackend('NamespacedBackend', () => ({ backend: new NamespacedBackend(() => new MemoryBackend()) }));
describeBackend('FilteredBackend that lets everything through', () => ({
  backend: new FilteredBackend(new MemoryBackend(), () => undefined),
}));

const one = newResource({ namespace: 'n', type: 't', id: 'one', spec: {} });

describe('namespaces', () => {
  test('are kept apart, and refused where there is none', async () => {
    const backend = new NamespacedBackend((name) => (name === 'no' ? undefined : new MemoryBackend()));
    await backend.create(one);
    expect(await backend.list({ namespace: 'other', type: 't' })).toEqual([]);
    await expect(backend.get({ ...one.metadata, namespace: 'no' })).rejects.toMatchObject({ code: 'bad-request' });
    await backend.close();
    await expect(backend.get(one.metadata)).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('a rule', () => {
  test('says of each operation whether it may be done, and why not', async () => {
    const asked: string[] = [];
    const backend = new FilteredBackend(new MemoryBackend(), ({ verb, id }) => {
      asked.push(`${verb} ${id ?? '-'}`);
      return id === 'one' || (id === undefined && verb === 'list') ? undefined : 'only "one" is yours';
    });
    await backend.create(one);
    await backend.get(one.metadata);
    await backend.list(one.metadata);
    await backend.destroy(one.metadata);
    const other = newResource({ namespace: 'n', type: 't', id: 'two', spec: {} });
    for (const attempt of [
      () => backend.create(other),
      () => backend.update(other),
      () => backend.get(other.metadata),
      () => backend.destroy(other.metadata),
      async () => backend.watch(other.metadata),
      async () => backend.watchKind(other.metadata),
      async () => backend.watchKindAggregated(other.metadata),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'denied', message: /only "one" is yours/ });
    }
    expect(asked.slice(0, 4)).toEqual(['create one', 'get one', 'list -', 'destroy one']);
  });
});

describe('an owner', () => {
  test('writes what is its own, and nothing of others unless it says so', async () => {
    const state = new State(new MemoryBackend());
    const [mine, yours] = [new OwnedState(state, 'me'), new OwnedState(state, 'you')];
    const created = await mine.create(one);
    await expect(yours.update(created)).rejects.toMatchObject({ code: 'owner-conflict' });
    await expect(yours.destroy(one.metadata)).rejects.toMatchObject({ code: 'owner-conflict' });
    await mine.modify(one, (draft) => {
      draft.labels['a'] = '1';
    });
    expect(await yours.teardown(one.metadata, { owner: 'me' })).toBe(true);
    await yours.destroy(one.metadata, { owner: 'me' });
    expect(await state.find(one.metadata)).toBeUndefined();
  });
});
