import { describe, expect, test } from 'vitest';

import { compression } from '../../../src/state/compression.ts';
import { encryption } from '../../../src/state/encryption.ts';
import type { StateEvent, Watch } from '../../../src/state/event.ts';
import { PersistentBackend } from '../../../src/state/persistent-backend.ts';
import { newResource, pointerKey } from '../../../src/state/resource.ts';
import { StateError } from '../../../src/state/state-error.ts';
import type { Wrapping } from '../../../src/state/stored-form.ts';
import { openStore, type Store } from '../../../src/store/open-store.ts';
import type { PastLimits } from '../../../src/store/resources/sqlite-persistence.ts';
import { describeBackend, type MadeBackend } from '../../contracts/state-backend.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { tempDir } from '../../harness/temp-dir.ts';

const KEY = new Uint8Array(32).fill(3);
const THINGS = { namespace: 'config', type: 'Things' };

async function overSqlite(wrappings: readonly Wrapping[]): Promise<MadeBackend> {
  const directory = tempDir();
  const store = await openStore({ directory: directory.path });
  return {
    backend: await PersistentBackend.open({ persistence: store.resources(), wrappings }),
    dispose: async () => {
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

describeBackend('PersistentBackend over SQLite', () => overSqlite([]));
describeBackend('PersistentBackend over SQLite, compressed', () => overSqlite([compression({ leastBytes: 32 })]));
describeBackend('PersistentBackend over SQLite, compressed and encrypted', () =>
  overSqlite([compression({ leastBytes: 32 }), encryption(KEY)]),
);

interface Life extends AsyncDisposable {
  readonly store: Store;
  readonly backend: PersistentBackend;
}

async function live(directory: string, limits: PastLimits & { readonly clock?: FakeClock } = {}): Promise<Life> {
  const { clock, ...past } = limits;
  const store = await openStore({ directory, ...(clock && { clock }) });
  const backend = await PersistentBackend.open({
    persistence: store.resources(past),
    ...(past.history !== undefined && { history: past.history }),
  });
  return {
    store,
    backend,
    [Symbol.asyncDispose]: async () => {
      await backend.close();
      await store.close();
    },
  };
}

function thing(id: string, spec: unknown = {}) {
  return newResource({ ...THINGS, id, spec });
}

/** The next events, as type and id. */
async function next(watch: Watch, count: number): Promise<string[]> {
  const said: string[] = [];
  while (said.length < count) {
    const { value } = await watch.next();
    said.push(value !== undefined && 'resource' in value ? `${value.type} ${value.resource.metadata.id}` : 'nothing');
  }
  return said;
}

async function bookmarkOf(watch: Watch): Promise<Uint8Array> {
  const event = (await watch.next()).value as StateEvent | undefined;
  if (event?.bookmark === undefined) throw new Error('There is no bookmark');
  return event.bookmark;
}

describe('resources in the database', () => {
  test('are there in the next life as they were, and watches go on from their bookmarks', async () => {
    await using directory = tempDir();
    let bookmark: Uint8Array;
    let stored: unknown;
    {
      await using life = await live(directory.path);
      await life.backend.create(thing('one', { bytes: new Uint8Array([1, 2]), big: 1n, text: 'é\u{1f600}' }));
      using watch = life.backend.watchKind(THINGS, { bootstrapBookmark: true });
      bookmark = await bookmarkOf(watch);
      await life.backend.update(await life.backend.get({ ...THINGS, id: 'one' }));
      await life.backend.create(thing('two'));
      await life.backend.destroy({ ...THINGS, id: 'two' });
      stored = await life.backend.get({ ...THINGS, id: 'one' });
    }
    await using life = await live(directory.path);
    expect(await life.backend.list(THINGS)).toEqual([stored]);
    using watch = life.backend.watchKind(THINGS, { from: bookmark });
    await life.backend.create(thing('three'));
    expect(await next(watch, 4)).toEqual(['updated one', 'created two', 'destroyed two', 'created three']);
  });

  test('are all there when they are read page after page, and none when one of the last can not be read', async () => {
    await using directory = tempDir();
    const count = 5_001;
    await using store = await openStore({ directory: directory.path });
    {
      const backend = await PersistentBackend.open({ persistence: store.resources() });
      const ids = Array.from({ length: count }, (_, at) => `t${at}`);
      await Promise.all(ids.map((id) => backend.create(thing(id, { $key: id, bytes: new Uint8Array([1]) }))));
      await backend.close();
    }
    {
      const backend = await PersistentBackend.open({ persistence: store.resources() });
      const found = await backend.list(THINGS);
      expect(found).toHaveLength(count);
      expect(found.find(({ metadata }) => metadata.id === 't5000')?.spec).toEqual({
        $key: 't5000',
        bytes: new Uint8Array([1]),
      });
      await backend.close();
    }
    const wrapping: Wrapping = {
      wrap: (bytes) => bytes,
      unwrap: (bytes, name) => {
        if (name.endsWith('t5000')) throw new StateError('damaged', 'not this one');
        return bytes;
      },
    };
    const opening = PersistentBackend.open({ persistence: store.resources(), wrappings: [wrapping] });
    await expect(opening).rejects.toThrow('not this one');
  });

  test('go on being watched from a bookmark of before there were any', async () => {
    await using directory = tempDir();
    let bookmark: Uint8Array;
    {
      await using life = await live(directory.path);
      using watch = life.backend.watchKind(THINGS, { bootstrapBookmark: true });
      bookmark = await bookmarkOf(watch);
    }
    for (const id of ['one', 'two']) {
      await using life = await live(directory.path);
      await life.backend.create(thing(id));
    }
    await using life = await live(directory.path);
    using watch = life.backend.watchKind(THINGS, { from: bookmark });
    expect(await next(watch, 2)).toEqual(['created one', 'created two']);
  });

  test('tell of a change what was before it, in later lives too', async () => {
    await using directory = tempDir();
    {
      await using life = await live(directory.path);
      const { metadata } = await life.backend.create(thing('one', { n: 1 }));
      await life.backend.update({ metadata, spec: { n: 2 } });
    }
    await using life = await live(directory.path);
    using watch = life.backend.watchKind(THINGS, { tail: 1 });
    expect((await watch.next()).value).toMatchObject({
      type: 'updated',
      resource: { spec: { n: 2 } },
      old: { spec: { n: 1 } },
    });
  });

  test('let go of old changes by their number; a bookmark before them is refused, one after them is good', async () => {
    await using directory = tempDir();
    const bookmarks: Uint8Array[] = [];
    {
      await using life = await live(directory.path, { history: 20 });
      using watch = life.backend.watchKind(THINGS);
      for (let at = 0; at < 200; at += 1) {
        await life.backend.create(thing(`r${String(at)}`));
        bookmarks.push(await bookmarkOf(watch));
      }
    }
    await using life = await live(directory.path, { history: 20 });
    expect(await life.backend.list(THINGS)).toHaveLength(200);
    using watch = life.backend.watchKind(THINGS, { from: bookmarks.at(-20) });
    expect(await next(watch, 19)).toEqual(Array.from({ length: 19 }, (_, at) => `created r${String(181 + at)}`));
    expect(await outcome(() => life.backend.watchKind(THINGS, { from: bookmarks.at(-22) }))).toBe('invalid-bookmark');
    expect(life.backend.log.tail(THINGS, 1_000)).toHaveLength(20);
  });

  test('let go of old changes by their age, of each kind by itself, while the agent runs and when it starts', async () => {
    await using directory = tempDir();
    const clock = new FakeClock();
    const hour = 3_600_000;
    let early: Uint8Array;
    {
      await using life = await live(directory.path, { clock, maxAgeMs: 2 * hour });
      using watch = life.backend.watchKind(THINGS, { bootstrapBookmark: true });
      early = await bookmarkOf(watch);
      await life.backend.create(thing('one'));
      await clock.advance(3 * hour);
      await life.backend.create(thing('two'));
      await clock.advance(hour);
    }
    {
      await using life = await live(directory.path, { clock, maxAgeMs: 2 * hour });
      expect(life.backend.log.tail(THINGS, 10).map(({ resource }) => resource.metadata.id)).toEqual(['two']);
      expect(await outcome(() => life.backend.watchKind(THINGS, { from: early }))).toBe('invalid-bookmark');
    }
    await clock.advance(10 * hour);
    await using life = await live(directory.path, { clock, maxAgeMs: 2 * hour });
    expect(life.backend.log.tail(THINGS, 10)).toEqual([]);
    expect(await life.backend.list(THINGS)).toHaveLength(2);
  });

  test('are exchanged all at once, with what is kept of the past, and only by whoever can read all of it', async () => {
    await using directory = tempDir();
    const seal = encryption(KEY);
    {
      await using life = await live(directory.path);
      const { metadata } = await life.backend.create(thing('one', { n: 'much to hide' }));
      await life.backend.update({ metadata, spec: { n: 'even more' } });
    }
    await using store = await openStore({ directory: directory.path });
    const persistence = store.resources();
    const refuse = (): never => {
      throw new Error('not this one');
    };
    await expect(persistence.exchange('x', refuse)).rejects.toThrow('not this one');
    expect(await persistence.seal()).toBeUndefined();
    await persistence.exchange('aes', (bytes, pointer) => seal.wrap(bytes, pointerKey(pointer)));
    expect(await persistence.seal()).toBe('aes');
    const backend = await PersistentBackend.open({ persistence, wrappings: [seal] });
    expect(await backend.get({ ...THINGS, id: 'one' })).toMatchObject({ spec: { n: 'even more' } });
    expect(backend.log.tail(THINGS, 10).map(({ resource, old }) => [resource.spec, old?.spec])).toEqual([
      [{ n: 'much to hide' }, undefined],
      [{ n: 'even more' }, { n: 'much to hide' }],
    ]);
    await backend.close();
  });
});

/** The code with which a watch is refused, at once or by its first event. */
async function outcome(watch: () => Watch): Promise<unknown> {
  try {
    using begun = watch();
    return (await begun.next()).value;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}
