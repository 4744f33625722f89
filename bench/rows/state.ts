import { EventEmitter, once } from 'node:events';

import { MemoryBackend, newResource, State } from 'corex/state';

import type { Row, Sample } from '../row.ts';
import type { Stage } from '../stage.ts';
import { microseconds } from '../state/timed.ts';

const TURNS = 100_000;
const LISTED = 1_000;
const WATCHERS = 100;

const POINTER = { namespace: 'bench', type: 'Things.bench.corex', id: 'one' };

/** What the state in memory costs, one operation after the other. */
export const state: Row = {
  name: 'state',
  does: `Reads, writes and watches resources with an empty spec in memory, one operation after the other; ${LISTED} resources where a kind is listed.`,
  bare: 'an async function over a Map of frozen objects; for watchers an event of node:events and a promise of it',
  figures: [
    { key: 'get', name: 'state: get', unit: 'µs', target: { of: 'value', atMost: 1 }, peers: 'COSI (Go) 0.30' },
    { key: 'create', name: 'the same: create', unit: 'µs', peers: 'COSI (Go) 3.4' },
    {
      key: 'update',
      name: 'the same: update',
      unit: 'µs',
      target: { of: 'value', atMost: 3 },
      peers: 'COSI (Go) 1.05',
    },
    { key: 'change', name: 'the same: update of a label by a function', unit: 'µs', peers: 'COSI (Go) 3.0' },
    { key: 'list', name: 'the same: list of 1,000', unit: 'µs', peers: 'COSI (Go) 1,160' },
    {
      key: 'watch',
      name: 'the same: update → seen by one watcher',
      unit: 'µs',
      target: { of: 'value', atMost: 10 },
      peers: 'COSI (Go) 3.4',
    },
    { key: 'watchers', name: 'the same: update → seen by 100 watchers', unit: 'µs', peers: 'COSI (Go) 149' },
  ],
  async open(stage) {
    return {
      ours: async () => measure(stage),
      bare: async () => measureBare(stage),
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

async function measure(stage: Stage): Promise<Sample> {
  const turns = stage.sized(TURNS);
  const things = new State(new MemoryBackend());
  let stored = await things.create(newResource({ ...POINTER, spec: {} }));
  const get = await microseconds(turns, () => things.get(POINTER));
  const update = await microseconds(turns, async () => {
    stored = await things.update(stored);
  });
  const change = await microseconds(turns / 2, (at) =>
    things.updateWithConflicts(POINTER, ({ labels }) => {
      labels['at'] = String(at);
    }),
  );
  const watch = await seenBy(things, 1, turns / 4);
  const watchers = await seenBy(things, WATCHERS, turns / 100);
  const others = { ...POINTER, type: 'Others.bench.corex' };
  const create = await microseconds(turns / 4, (at) =>
    things.create(newResource({ ...others, id: `r${at}`, spec: {} })),
  );
  const listed = { ...POINTER, type: 'Listed.bench.corex' };
  for (let at = 0; at < LISTED; at += 1) await things.create(newResource({ ...listed, id: `r${at}`, spec: {} }));
  const list = await microseconds(turns / 4, () => things.list(listed));
  await things.close();
  return { get, create, update, change, list, watch, watchers };
}

async function seenBy(things: State, count: number, turns: number): Promise<number> {
  const watches = Array.from({ length: count }, () => things.watchKind(POINTER));
  let stored = await things.get(POINTER);
  const taken = await microseconds(turns, async () => {
    stored = await things.update(stored);
    await Promise.all(watches.map((watch) => watch.next()));
  });
  for (const watch of watches) watch.close();
  return taken;
}

async function measureBare(stage: Stage): Promise<Sample> {
  const turns = stage.sized(TURNS);
  const map = new Map<string, object>([[POINTER.id, Object.freeze({ ...POINTER, version: 0 })]]);
  const events = new EventEmitter();
  const read = async (): Promise<unknown> => map.get(POINTER.id);
  const write = async (at: number): Promise<void> => {
    map.set(POINTER.id, Object.freeze({ ...map.get(POINTER.id), ...POINTER, version: at }));
    events.emit('updated');
  };
  return {
    get: await microseconds(turns, read),
    update: await microseconds(turns, write),
    watch: await microseconds(turns / 4, async (at) => {
      const seen = once(events, 'updated');
      await write(at);
      await seen;
    }),
  };
}
