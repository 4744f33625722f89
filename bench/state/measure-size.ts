// What a state in memory holds and costs by its size: `node --expose-gc bench/state/measure-size.ts COUNT` says it as JSON.
import { MemoryBackend, newResource, State } from 'corex/state';

import { microseconds } from './timed.ts';

const KIND = { namespace: 'bench', type: 'Things.bench.corex' };
const TURNS = 20_000;
const LISTS = 5;

const count = Number(process.argv[2]);
const state = new State(new MemoryBackend());

function held(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const before = held();
for (let at = 0; at < count; at += 1) {
  await state.create(newResource({ ...KIND, id: `resource-${at}`, spec: { value: at }, labels: { app: 'bench' } }));
}
const bytes = (held() - before) / count;
const pointer = (at: number) => ({ ...KIND, id: `resource-${(at * 7_919) % count}` });
await state.list(KIND);
const get = await microseconds(TURNS, (at) => state.get(pointer(at)));
const change = await microseconds(TURNS, (at) =>
  state.updateWithConflicts(pointer(at), ({ labels }) => {
    labels['at'] = String(at);
  }),
);
await state.list(KIND);
const list = await microseconds(LISTS, async (at) => {
  await state.updateWithConflicts(pointer(at), ({ labels }) => {
    labels['listed'] = String(at);
  });
  await state.list(KIND);
});
await state.close();
process.stdout.write(JSON.stringify({ bytes, get, change, list }));
