import { createAgent, type Agent } from 'corex';
import { describe, expect, test } from 'vitest';
import { connect, findLocalAgent, type Client, type LogItem, type LogOptions } from '../../src/client/index.ts';
import { FaultyRelay } from '../fakes/faulty-relay.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

interface Side extends AsyncDisposable {
  readonly agent: Agent;
  readonly relay: FaultyRelay;
  readonly client: Client;
}

async function start(): Promise<Side> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(tempDir());
  const agent = stack.use(await createAgent({ dataDir: directory.path, listen: ['ws://127.0.0.1:0'] }));
  const relay = stack.use(await FaultyRelay.start(agent.endpoints[0] ?? ''));
  const token = (await findLocalAgent({ dataDir: directory.path }))?.token ?? '';
  const client = stack.use(await connect(relay.url, { token, reconnect: { firstMs: 1, capMs: 4 } }));
  const owned = stack.move();
  return { agent, relay, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Follows, and collects what comes. */
function follow(client: Client, options?: LogOptions) {
  const follower = client.logs(options);
  const items: LogItem[] = [];
  const over = (async () => {
    for await (const item of follower) items.push(item);
  })();
  over.catch(() => undefined);
  return { follower, items, over };
}

const said = (items: readonly LogItem[]): string[] =>
  items.map((item) => (item.source === 'job' ? item.text : item.source === 'end' ? item.state : item.source));

function say(agent: Agent, id: string, text: string) {
  return agent.run({ command: 'core.system', id, arguments: { name: 'echo', args: [text] } });
}

describe('Client.logs()', () => {
  test('gives what was said before and what comes, until it is closed', async () => {
    await using side = await start();
    await say(side.agent, 'a', 'before');
    const { follower, items, over } = follow(side.client);
    await until('the past came', () => items.length === 2);
    await say(side.agent, 'b', 'now');
    await until('the present came', () => items.length === 4);
    expect(said(items)).toEqual(['before', 'SUCCESS', 'now', 'SUCCESS']);
    follower.close();
    await over;
    await say(side.agent, 'c', 'later');
    expect(items).toHaveLength(4);
  });

  test('goes on over a lost connection with a gap', async () => {
    await using side = await start();
    const { follower, items, over } = follow(side.client, { levels: [1] });
    await say(side.agent, 'a', 'one');
    await until('it came', () => items.length === 2);
    side.relay.cutAll();
    await until('it follows again', async () => {
      await say(side.agent, `b${Math.random()}`, 'two');
      return said(items).includes('two');
    });
    expect(said(items).slice(0, 3)).toEqual(['one', 'SUCCESS', 'gap']);
    follower.close();
    await over;
  });

  test('rejects when it is refused, and when the client is closed', async () => {
    await using side = await start();
    await expect(follow(side.client, { levels: [999] }).over).rejects.toMatchObject({ code: 'bad-arguments' });
    const { over } = follow(side.client);
    await side.client.close();
    await expect(over).rejects.toMatchObject({ code: 'disconnected' });
  });
});
