import { expect, test } from 'vitest';

import { CosiBackend } from '../../src/cosi/cosi-backend.ts';
import { CosiServer } from '../../src/cosi/cosi-server.ts';
import { ControllerRuntime } from '../../src/state/controllers/runtime.ts';
import { MemoryBackend } from '../../src/state/memory-backend.ts';
import { newResource } from '../../src/state/resource.ts';
import { State } from '../../src/state/state.ts';
import type { Watch } from '../../src/state/event.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';

const KIND = { namespace: 'n', type: 't' };

/** A server that can go and come back at the same place, before whatever state it is given. */
class MovingServer implements AsyncDisposable {
  readonly url: string;
  #server: CosiServer | undefined;

  constructor(url: string) {
    this.url = url;
  }

  async up(state: State): Promise<void> {
    this.#server = await CosiServer.open({ state, listeners: [{ url: this.url }] });
  }

  async down(): Promise<void> {
    await this.#server?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.down();
  }
}

async function nextId(watch: Watch): Promise<string> {
  const { value } = await within(10_000, 'an event', watch.next());
  if (value === undefined) return 'the end';
  return 'resource' in value && value.resource !== undefined
    ? `${value.type} ${value.resource.metadata.id}`
    : value.type;
}

test('a watch goes on behind the newest event when the server comes back, and misses nothing', async () => {
  await using directory = tempDir();
  await using server = new MovingServer(`unix:${directory.at('run', 'cosi.sock')}`);
  const state = new State(new MemoryBackend());
  await server.up(state);
  const backend = await CosiBackend.open({ url: server.url, random: () => 1 });
  const contents = backend.watchKind(KIND, { bootstrap: true });
  const labelled = backend.watchKind(KIND, { bootstrapBookmark: true, labels: [[{ key: 'a', operation: 'exists' }]] });
  expect(await nextId(contents)).toBe('bootstrapped');
  expect(await nextId(labelled)).toBe('noop');
  await server.down();
  await state.create(newResource({ ...KIND, id: 'meanwhile', spec: {}, labels: { a: '' } }));
  await expect(backend.get({ ...KIND, id: 'meanwhile' })).rejects.toMatchObject({ code: 'unavailable' });
  await server.up(state);
  expect(await nextId(contents)).toBe('created meanwhile');
  await state.create(newResource({ ...KIND, id: 'without', spec: {} }));
  await state.create(newResource({ ...KIND, id: 'with', spec: {}, labels: { a: '' } }));
  expect(await nextId(contents)).toBe('created without');
  expect(await nextId(labelled)).toBe('created meanwhile');
  expect(await nextId(labelled)).toBe('created with');
  await backend.close();
});

test('a watch ends when the server that comes back knows nothing of what was told, or there is nothing to go on from', async () => {
  await using directory = tempDir();
  await using server = new MovingServer(`unix:${directory.at('run', 'cosi.sock')}`);
  const state = new State(new MemoryBackend());
  await server.up(state);
  const backend = await CosiBackend.open({ url: server.url, random: () => 1 });
  const other = backend.watchKind(KIND, { bootstrapBookmark: true });
  const single = backend.watch({ ...KIND, id: 'one' });
  expect([await nextId(other), await nextId(single)]).toEqual(['noop', 'destroyed']);
  await server.down();
  await expect(nextId(single)).rejects.toMatchObject({ code: 'unavailable' });
  await server.up(new State(new MemoryBackend()));
  await expect(nextId(other)).rejects.toMatchObject({ code: 'invalid-bookmark' });
  expect(await nextId(other)).toBe('the end');
  await backend.close();
});

test('a watch of a server that is not there ends at once, and holds up nothing else', async () => {
  await using directory = tempDir();
  const backend = await CosiBackend.open({ url: `unix:${directory.at('cosi.sock')}` });
  const watch = backend.watchKind(KIND, { bootstrap: true });
  await expect(backend.list(KIND)).rejects.toMatchObject({ code: 'unavailable' });
  await expect(nextId(watch)).rejects.toMatchObject({ code: 'unavailable' });
  await backend.close();
});

test('controllers go on when the server comes back, with memory that is new or the same', async () => {
  await using directory = tempDir();
  await using server = new MovingServer(`unix:${directory.at('run', 'cosi.sock')}`);
  const first = new State(new MemoryBackend());
  await server.up(first);
  const backend = await CosiBackend.open({ url: server.url });
  const runtime = new ControllerRuntime(new State(backend), { random: Math.random });
  runtime.registerQueue({
    name: 'Copier',
    inputs: [{ ...KIND, kind: 'primary' }],
    outputs: [{ type: 'copies', kind: 'exclusive' }],
    reconcile: async ({ id }, { state }) => {
      if ((await state.find({ ...KIND, id })) === undefined) return;
      await state.modify(newResource({ namespace: 'n', type: 'copies', id, spec: {} }), () => undefined);
    },
  });
  const stop = new AbortController();
  const running = runtime.run(stop.signal);
  const copied = async (state: State, id: string): Promise<void> => {
    await state.create(newResource({ ...KIND, id, spec: {} }));
    await until(`${id} is copied`, () => state.find({ namespace: 'n', type: 'copies', id }), { withinMs: 20_000 });
  };
  await copied(first, 'before');
  await server.down();
  await server.up(first);
  await copied(first, 'behind');
  await server.down();
  const second = new State(new MemoryBackend());
  await second.create(newResource({ ...KIND, id: 'there', spec: {} }));
  await server.up(second);
  await copied(second, 'later');
  await until('what was there is copied', () => second.find({ namespace: 'n', type: 'copies', id: 'there' }));
  stop.abort();
  await running;
  await backend.close();
});
