import { describe, expect, test } from 'vitest';

import { MemoryBackend } from '../../src/state/memory-backend.ts';
import { newResource, type Resource } from '../../src/state/resource.ts';
import { describeBackend } from '../contracts/state-backend.ts';

describeBackend('MemoryBackend', () => ({ backend: new MemoryBackend() }));

const KIND = { namespace: 'n', type: 't' };

function numbered(at: number): Resource {
  return newResource({ ...KIND, id: `r${String(at)}`, spec: {} });
}

describe('watches that are not read', () => {
  test('give what they have, its beginning first, say that they fell behind, and end', async () => {
    const backend = new MemoryBackend({ watchLimit: 10 });
    const stored = await backend.create(numbered(0));
    using one = backend.watch(stored.metadata);
    using all = backend.watchKind(KIND, { bootstrap: true });
    using together = backend.watchKindAggregated(KIND, { bootstrap: true });
    let latest = stored;
    for (let at = 0; at < 20; at += 1) latest = await backend.update(latest);
    for (const watch of [one, all, together]) {
      const [first] = [(await watch.next()).value].flat();
      expect(first).toMatchObject({ type: 'created', resource: { metadata: { version: 1 } } });
      const rest = async (): Promise<void> => {
        while ((await watch.next()).done !== true) continue;
      };
      await expect(rest()).rejects.toMatchObject({ code: 'watch-overrun' });
      expect((await watch.next()).done).toBe(true);
    }
    await backend.close();
  });

  test('have room for thousands of events', async () => {
    const backend = new MemoryBackend();
    using watch = backend.watchKind(KIND);
    for (let at = 0; at < 4_095; at += 1) await backend.create(numbered(at));
    for (let at = 0; at < 4_095; at += 1) {
      expect((await watch.next()).value).toMatchObject({ resource: { metadata: { id: `r${String(at)}` } } });
    }
    await backend.close();
  });
});
