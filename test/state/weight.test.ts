import { describe, expect, test } from 'vitest';
import { EventLog } from '../../src/state/event-log.ts';
import { MemoryBackend } from '../../src/state/memory-backend.ts';
import { newResource } from '../../src/state/resource.ts';
import { State } from '../../src/state/state.ts';
import { weightOf } from '../../src/state/weight.ts';

const KIND = { namespace: 'n', type: 't' };
const MIB = 1024 * 1024;

function large(id: string) {
  return newResource({ ...KIND, id, spec: 'x'.repeat(MIB) });
}

describe('weightOf()', () => {
  test('grows with what a resource holds, texts, bytes and keys alike', () => {
    const small = weightOf(newResource({ ...KIND, id: 'a', spec: null }));
    expect(small).toBeLessThan(1000);
    for (const spec of ['x'.repeat(5000), { ['x'.repeat(5000)]: 1 }, [new Uint8Array(5000)], [...Array(400).keys()]]) {
      expect(weightOf(newResource({ ...KIND, id: 'a', spec }))).toBeGreaterThan(small + 4900);
    }
  });
});

describe('what is stored no more', () => {
  test('is held for a watcher that is behind up to 64 MiB, and then that watcher is ended', async () => {
    const state = new State(new MemoryBackend({ log: new EventLog({ history: 1 }) }));
    using watch = state.watchKind(KIND);
    for (let at = 0; at < 70; at += 1) await state.create(large(String(at)));
    let events = 0;
    const read = async (): Promise<void> => {
      for await (const event of watch) events += event.type === 'created' ? 1 : 0;
    };
    await expect(read()).rejects.toMatchObject({ code: 'watch-overrun', message: expect.stringContaining('64 MiB') });
    expect(events).toBe(64);
    await state.close();
  });

  test('is no burden to one that reads', async () => {
    const state = new State(new MemoryBackend({ log: new EventLog({ history: 1 }) }));
    using watch = state.watchKind(KIND);
    for (let at = 0; at < 70; at += 1) {
      await state.create(large(String(at)));
      expect((await watch.next()).value?.type).toBe('created');
    }
    await state.close();
  });

  test('is kept for those who begin in the past up to 32 MiB of a kind', async () => {
    const state = new State(new MemoryBackend());
    using marks = state.watchKind(KIND, { bootstrapBookmark: true });
    const from = (await marks.next()).value?.bookmark;
    marks.close();
    for (let at = 0; at < 40; at += 1) await state.create(large(String(at)));
    expect(() => state.watchKind(KIND, { from })).toThrow('is not kept any more');
    using tail = state.watchKindAggregated(KIND, { tail: 1000 });
    expect((await tail.next()).value?.length).toBe(31);
    await state.close();
  });
});
