import { createAgent, type Agent } from 'corex';
import { describe, expect, test } from 'vitest';
import { connect, findLocalAgent, type Client, type ResourceHappening } from '../../src/client/index.ts';
import { FaultyRelay } from '../fakes/faulty-relay.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

const KIND = { namespace: 'config', type: 'Disks.example.corex' };

interface Side extends AsyncDisposable {
  readonly agent: Agent;
  readonly relay: FaultyRelay;
  readonly client: Client;
  /** Not over the relay. */
  readonly writer: Client;
}

async function start(): Promise<Side> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(tempDir());
  const agent = stack.use(await createAgent({ dataDir: directory.path, listen: ['ws://127.0.0.1:0'] }));
  const [url = ''] = agent.endpoints;
  const relay = stack.use(await FaultyRelay.start(url));
  const token = (await findLocalAgent({ dataDir: directory.path }))?.token ?? '';
  const client = stack.use(await connect(relay.url, { token, reconnect: { firstMs: 1, capMs: 4 } }));
  const writer = stack.use(await connect(url, { token }));
  const owned = stack.move();
  return { agent, relay, client, writer, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function create({ writer }: Pick<Side, 'writer'>, id: string, spec: unknown = {}) {
  return writer.resources.create({ metadata: { ...KIND, id }, spec });
}

function said(event: ResourceHappening): string {
  if (event.type === 'bootstrapped' || event.type === 'noop') return event.type;
  const { metadata } = event.resource ?? {};
  return `${event.type} ${metadata === undefined ? '-' : `${metadata.id}@${String(metadata.version)}`}`;
}

/** Reads, and collects what comes. */
function follow(watch: AsyncIterable<ResourceHappening>) {
  const events: ResourceHappening[] = [];
  const over = (async () => {
    for await (const event of watch) events.push(event);
  })();
  over.catch(() => undefined);
  return { events, over };
}

describe('Client.resources.watch()', () => {
  test('gives bytes and large integers as such, and ends when it is closed', async () => {
    await using side = await start();
    const watch = side.client.resources.watch(KIND, { bootstrapBookmark: true });
    expect((await watch.next()).value?.type).toBe('noop');
    const spec = { key: new Uint8Array([1, 2]), size: 2n ** 80n };
    expect((await create(side, 'a', spec)).spec).toEqual(spec);
    const { value } = await watch.next();
    expect(value).toMatchObject({ type: 'created', resource: { spec } });
    watch.close();
    expect(await watch.next()).toEqual({ done: true, value: undefined });
    const stopped = new AbortController();
    const other = side.client.resources.watch(KIND, { signal: stopped.signal });
    stopped.abort();
    expect(await other.next()).toEqual({ done: true, value: undefined });
  });

  test('misses and doubles nothing over 40 lost connections', async () => {
    await using side = await start();
    await create(side, 'first');
    const { events, over } = follow(side.client.resources.watch(KIND, { bootstrap: true }));
    const one = follow(side.client.resources.watch({ ...KIND, id: 'change-0' }));
    const ids = Array.from({ length: 40 }, (_, at) => `change-${String(at)}`);
    for (const id of ids) {
      await create(side, id);
      await side.writer.resources.update({ metadata: { ...KIND, id }, spec: { changed: true } });
      side.relay.cutAll();
      await until('it follows again', () => side.client.state === 'connected', { everyMs: 1 });
    }
    const expected = ids.flatMap((id) => [`created ${id}@1`, `updated ${id}@2`]);
    await until('all came', () => events.map(said).includes('updated change-39@2'));
    expect(events.map(said)).toEqual(['created first@1', 'bootstrapped', ...expected]);
    expect(one.events.map(said)).toEqual(['destroyed -', 'created change-0@1', 'updated change-0@2']);
    await side.client.close();
    await expect(over).rejects.toMatchObject({ code: 'disconnected' });
  });

  test('rejects when it is refused, and when what it stood behind is not kept any more', async () => {
    await using side = await start();
    const { over } = follow(side.client.resources.watch(KIND, { from: 'AAAA' }));
    await expect(over).rejects.toMatchObject({ code: 'invalid-bookmark' });
    const both = follow(side.client.resources.watch(KIND, { from: 'AAAA', tail: 1 }));
    await expect(both.over).rejects.toMatchObject({ code: 'bad-request' });
  });

  test('gives as many at once as there are', async () => {
    await using side = await start();
    const watch = side.writer.resources.watch(KIND);
    for (const id of ['a', 'b', 'c']) await create(side, id);
    const got: string[] = [];
    while (got.length < 3) got.push(...((await watch.nextBatch()) ?? []).map(said));
    expect(got).toEqual(['created a@1', 'created b@1', 'created c@1']);
    watch.close();
    expect(await watch.nextBatch()).toBeUndefined();
  });
});

describe('Client.resources', () => {
  test('lists all pages, and tells the types', async () => {
    await using side = await start();
    const text = 'x'.repeat(300_000);
    for (const id of ['a', 'b', 'c', 'd', 'e']) await create(side, id, text);
    const ids = (await side.client.resources.list(KIND)).map(({ metadata }) => metadata.id);
    expect(ids).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect((await side.client.resources.list(KIND, { idMatch: '[ae]' })).length).toBe(2);
    expect((await side.client.resources.types()).map(({ name }) => name)).toContain('Namespace');
    expect(await side.client.resources.get({ type: 'ns', id: 'config' })).toMatchObject({
      metadata: { owner: 'meta' },
    });
  });
});
