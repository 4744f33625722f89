import { describe, expect, test } from 'vitest';

import { EventLog } from '../../src/state/event-log.ts';
import { MemoryBackend } from '../../src/state/memory-backend.ts';
import { newResource, type Resource } from '../../src/state/resource.ts';
import { isStateError } from '../../src/state/state-error.ts';

const kind = { namespace: 'n', type: 't' };

function resource(id: string): Resource {
  return newResource({ ...kind, id, spec: {} });
}

describe('the log', () => {
  test('orders what happens in different kinds and backends', async () => {
    const log = new EventLog();
    const [one, other] = [new MemoryBackend({ log }), new MemoryBackend({ log })];
    const seen: string[] = [];
    using _listening = log.listenToAll(({ position, resource: { metadata } }) => {
      seen.push(`${String(position)} ${metadata.id}`);
    });
    await one.create(resource('a'));
    await other.create(newResource({ namespace: 'm', type: 'u', id: 'b', spec: {} }));
    await one.create(resource('c'));
    expect(seen).toEqual(['1 a', '2 b', '3 c']);
  });

  test('keeps the newest of each kind, and refuses to go on from before them', async () => {
    const log = new EventLog({ history: 10 });
    const backend = new MemoryBackend({ log });
    const start = log.bookmark(log.positionOf(kind));
    for (let at = 0; at < 10; at += 1) await backend.create(resource(`r${String(at)}`));
    expect(log.since(kind, start)).toHaveLength(10);
    for (let at = 10; at < 35; at += 1) await backend.create(resource(`r${String(at)}`));
    expect(() => log.since(kind, start)).toThrow('not kept any more');
    expect(log.tail(kind, 100).map(({ position }) => position)).toEqual(Array.from({ length: 10 }, (_, at) => 26 + at));
    expect(log.since(kind, log.bookmark(30))).toHaveLength(5);
  });

  test('refuses bookmarks of another log, of the future, and what is none', () => {
    const log = new EventLog();
    const wrong = [new EventLog().bookmark(0), log.bookmark(5), new Uint8Array(1), new Uint8Array(17)];
    for (const bookmark of wrong) {
      expect(() => log.since(kind, bookmark)).toThrow(
        expect.toSatisfy((error) => isStateError(error, 'invalid-bookmark')) as Error,
      );
    }
    expect(log.since(kind, log.bookmark(0))).toEqual([]);
  });
});

test('a watcher that reads nothing ends alone: others and the state go on', async () => {
  const backend = new MemoryBackend({ watchLimit: 100 });
  using slow = backend.watchKind(kind, { bootstrapBookmark: true });
  using fast = backend.watchKind(kind);
  for (let at = 0; at < 300; at += 1) {
    await backend.create(resource(`r${String(at)}`));
    expect((await fast.next()).value).toMatchObject({ type: 'created' });
  }
  expect((await slow.next()).value).toMatchObject({ type: 'noop' });
  for (let at = 0; at < 100; at += 1) expect((await slow.next()).value).toMatchObject({ type: 'created' });
  await expect(slow.next()).rejects.toSatisfy((error) => isStateError(error, 'watch-overrun'));
});

test('thousands of creations overrun nobody who reads', async () => {
  const backend = new MemoryBackend({ watchLimit: 10 });
  using watch = backend.watchKind(kind);
  const reading = (async () => {
    let seen = 0;
    for await (const event of watch) {
      if (event.type === 'created') seen += 1;
      if (seen === 4_095) break;
    }
    return seen;
  })();
  for (let at = 0; at < 4_095; at += 1) await backend.create(resource(`r${String(at)}`));
  expect(await reading).toBe(4_095);
});
