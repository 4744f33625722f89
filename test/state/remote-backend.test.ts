import { expect, test } from 'vitest';
import { connect, findLocalAgent, type Client } from '../../src/client/index.ts';
import { RemoteBackend, type RemoteEvent, type RemoteState } from '../../src/state/remote-backend.ts';
import { State } from '../../src/state/state.ts';
import { describeBackend } from '../contracts/state-backend.ts';
import { testAgent } from '../harness/test-agent.ts';

/** The client of an agent of its own. */
async function start() {
  await using stack = new AsyncDisposableStack();
  const { agent, dataDir } = stack.use(await testAgent());
  const token = (await findLocalAgent({ dataDir }))?.token ?? '';
  const url = agent.endpoints.find((endpoint) => endpoint.startsWith('ws:')) ?? '';
  const client = stack.use(await connect(url, { token }));
  const owned = stack.move();
  return { client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

interface Named {
  readonly namespace: string;
  readonly type: string;
}

/** An agent has its own few namespaces: those of the suite become part of the type. */
function anyNamespace({ resources }: Client): RemoteState {
  const there = <Target extends Named>(target: Target): Target => ({
    ...target,
    namespace: 'config',
    type: `${target.type}/${target.namespace}`,
  });
  const back = <Held extends { readonly metadata: Named }>(resource: Held): Held => {
    const { type } = resource.metadata;
    const at = type.lastIndexOf('/');
    return { ...resource, metadata: { ...resource.metadata, type: type.slice(0, at), namespace: type.slice(at + 1) } };
  };
  const event = (one: RemoteEvent): RemoteEvent => {
    if (one.type === 'updated') return { ...one, resource: back(one.resource), old: back(one.old) };
    return 'resource' in one && one.resource !== undefined ? { ...one, resource: back(one.resource) } : one;
  };
  const given = <Held extends { metadata: Named }>(resource: Held): Held => ({
    ...resource,
    metadata: there(resource.metadata),
  });
  return {
    get: async (pointer) => back(await resources.get(there(pointer))),
    list: async (kind, query) => (await resources.list(there(kind), query)).map(back),
    create: async (resource, options) => back(await resources.create(given(resource), options)),
    update: async (resource, options) => back(await resources.update(given(resource), options)),
    destroy: (pointer, options) => resources.destroy(there(pointer), options),
    teardown: (pointer, options) => resources.teardown(there(pointer), options),
    watch: (target, options) => {
      const watch = resources.watch(there(target), options);
      return {
        next: async () => {
          const next = await watch.next();
          return next.done === true ? next : { done: false, value: event(next.value) };
        },
        nextBatch: async () => (await watch.nextBatch())?.map(event),
        close: () => {
          watch.close();
        },
      };
    },
  };
}

describeBackend('RemoteBackend over the client of an agent', async () => {
  const { client, ...side } = await start();
  return { backend: new RemoteBackend(anyNamespace(client)), dispose: () => side[Symbol.asyncDispose]() };
});

test('RemoteBackend gives errors of the state, whatever was between', async () => {
  await using side = await start();
  const state = new State(new RemoteBackend(side.client.resources));
  const pointer = { namespace: 'config', type: 'Xs.example.corex', id: 'a' };
  await expect(state.get(pointer)).rejects.toMatchObject({ name: 'StateError', code: 'not-found', subject: pointer });
  await expect(state.get({ ...pointer, id: '' })).rejects.toMatchObject({ code: 'bad-request' });
  await expect(state.destroy({ ...pointer, namespace: 'meta' })).rejects.toMatchObject({ code: 'denied' });
  using watch = state.watch(pointer);
  await watch.next();
  await side.client.close();
  await expect(state.get(pointer)).rejects.toMatchObject({ name: 'StateError', code: 'unavailable' });
  await expect(watch.next()).rejects.toMatchObject({ code: 'unavailable' });
  await state.close();
  await expect(state.get(pointer)).rejects.toMatchObject({ code: 'closed' });
});
