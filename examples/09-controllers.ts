// What is wished for is a site; a controller makes a route of each, and takes it away before the site goes.
// Run it: node examples/09-controllers.ts
import { ControllerRuntime, defineResource, EventLog, MemoryBackend, queueTransform, State } from 'corex/state';
import * as z from 'zod';

const Sites = defineResource({
  type: 'Sites.example.corex',
  namespace: 'web',
  schema: z.object({ host: z.string() }),
});
const Routes = defineResource({
  type: 'Routes.example.corex',
  namespace: 'web',
  schema: z.object({ from: z.string(), to: z.string() }),
});

const log = new EventLog();
const state = new State(new MemoryBackend({ log }));
const runtime = new ControllerRuntime(state, { log, random: Math.random });
runtime.registerQueue(
  queueTransform({
    name: 'RouteController',
    input: Sites,
    output: Routes,
    concurrency: 4,
    transform: ({ metadata, spec }) => ({ spec: { from: spec.host, to: `${metadata.id}:8080` } }),
    release: ({ metadata }) => {
      console.log(`${metadata.id} is to go`);
    },
  }),
);
const stop = new AbortController();
const running = runtime.run(stop.signal);

async function route(id: string, from: string): Promise<void> {
  const { spec } = Routes.read(
    await state.watchFor(Routes.pointer(id), { matches: (found) => Routes.read(found).spec.from === from }),
  );
  console.log(`${spec.from} → ${spec.to}`);
}

await state.create(Sites.make({ id: 'shop', spec: { host: 'shop.example' } }));
await route('shop', 'shop.example');
await state.updateWithConflicts<{ host: string }>(Sites.pointer('shop'), (draft) => {
  draft.spec.host = 'store.example';
});
await route('shop', 'store.example');
await state.teardownAndDestroy(Sites.pointer('shop'));
console.log(`${(await state.list(Routes)).length} routes`);
console.log(runtime.draw('text'));

stop.abort();
await running;
await state.close();
