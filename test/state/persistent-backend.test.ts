import { describe, expect, test } from 'vitest';

import { compression } from '../../src/state/compression.ts';
import { encryption } from '../../src/state/encryption.ts';
import { PersistentBackend } from '../../src/state/persistent-backend.ts';
import type { StateEvent } from '../../src/state/event.ts';
import { newResource } from '../../src/state/resource.ts';
import { describeBackend } from '../contracts/state-backend.ts';
import { FakePersistence } from '../fakes/fake-persistence.ts';

describeBackend('PersistentBackend', async () => ({
  backend: await PersistentBackend.open({ persistence: new FakePersistence() }),
}));

describeBackend('PersistentBackend, compressed and encrypted', async () => ({
  backend: await PersistentBackend.open({
    persistence: new FakePersistence(),
    wrappings: [compression({ leastBytes: 64 }), encryption(new Uint8Array(32).fill(3))],
  }),
}));

const one = newResource({ namespace: 'n', type: 't', id: 'one', spec: { bytes: new Uint8Array([1, 2]), big: 1n } });

describe('what is on disk', () => {
  test('is there in the next life with its versions and times, and bookmarks are good there', async () => {
    const persistence = new FakePersistence();
    const first = await PersistentBackend.open({ persistence });
    using watch = first.watchKind(one.metadata, { bootstrapBookmark: true });
    const beginning = (await watch.next()).value;
    await first.update(await first.create(one));
    await first.create(newResource({ namespace: 'n', type: 't', id: 'two', spec: {} }));
    await first.destroy({ namespace: 'n', type: 't', id: 'two' });
    const stored = await first.get(one.metadata);
    await first.close();

    const second = await PersistentBackend.open({ persistence });
    expect(await second.list(one.metadata)).toEqual([stored]);
    using resumed = second.watchKind(one.metadata, { from: bookmarkOf(beginning) });
    const types = [];
    for (let left = 4; left > 0; left -= 1) types.push((await resumed.next()).value?.type);
    expect(types).toEqual(['created', 'updated', 'created', 'destroyed']);
    await second.update(stored);
    expect((await resumed.next()).value).toMatchObject({ type: 'updated', resource: { metadata: { version: 3 } } });
    await second.close();
  });

  test('is all that is seen: a write that fails changes nothing and is told to who asked', async () => {
    const persistence = new FakePersistence();
    const backend = await PersistentBackend.open({ persistence });
    using watch = backend.watchKind(one.metadata);
    persistence.failures.push(new Error('disk full'));
    await expect(backend.create(one)).rejects.toMatchObject({ code: 'unavailable', message: /disk full/ });
    expect(await backend.list(one.metadata)).toEqual([]);
    await backend.create(one);
    expect((await watch.next()).value).toMatchObject({ type: 'created', resource: { metadata: { version: 1 } } });
    await backend.close();
  });

  test('is written together when it comes together, and one after the other for one resource', async () => {
    const persistence = new FakePersistence();
    const backend = await PersistentBackend.open({ persistence });
    const ids = Array.from({ length: 50 }, (_, at) => `r${String(at)}`);
    await Promise.all(ids.map((id) => backend.create(newResource({ namespace: 'n', type: 't', id, spec: {} }))));
    expect(persistence.writes.length).toBeLessThan(5);
    const ends = await Promise.allSettled(Array.from({ length: 5 }, () => backend.create(one)));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await backend.close();
  });

  test('is refused as a whole when a part of it can not be read', async () => {
    const persistence = new FakePersistence();
    const backend = await PersistentBackend.open({ persistence, wrappings: [encryption(new Uint8Array(32))] });
    await backend.create(one);
    await backend.close();
    await expect(PersistentBackend.open({ persistence })).rejects.toMatchObject({ code: 'damaged' });
    const other = { persistence, wrappings: [encryption(new Uint8Array(32).fill(1))] };
    await expect(PersistentBackend.open(other)).rejects.toMatchObject({ code: 'damaged' });
  });
});

function bookmarkOf(event: StateEvent | undefined): Uint8Array {
  if (event?.bookmark === undefined) throw new Error('There is no bookmark');
  return event.bookmark;
}
