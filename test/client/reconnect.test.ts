import { expect, test } from 'vitest';
import { connect, type Client, type ClientStatus } from '../../src/client/index.ts';
import { CLOSE_CODES } from '../../src/protocol/close-codes.ts';
import { QUICKLY } from './connect-noticing.ts';
import { FaultyRelay } from '../fakes/faulty-relay.ts';
import { ScriptedAgent } from '../fakes/scripted-agent.ts';
import { until } from '../harness/until.ts';

test('messages() and output() give every line exactly once, in order, across 200 broken connections', async () => {
  const lines = 6000;
  await using agent = await ScriptedAgent.start();
  await using relay = await FaultyRelay.start(agent.url);
  const random = numbersFrom(42);
  await using client = await connect(relay.url, { ...QUICKLY, random });
  relay.cutAfter = () => (relay.cuts < 220 ? 300 + Math.floor(random() * 30_000) : undefined);

  const ids = ['a', 'b', 'c', 'd', 'e'];
  const jobs = ids.map((id) => client.run({ command: 'fake.job', id }));
  await Promise.all(jobs.map((job) => job.accepted));
  relay.cutAll();
  const texts = Promise.all(jobs.map((job) => textsOf(job)));
  const bytes = Promise.all(jobs.map((job) => bytesOf(job)));
  const results = Promise.all(jobs.map((job) => job.wait()));
  for (let line = 0; line < lines; line += 20) {
    for (const id of ids) agent.job(id).say(...Array.from({ length: 20 }, (_, at) => `${id} line ${line + at}`));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await until('200 connections were cut', () => relay.cuts >= 200, { withinMs: 25_000 });
  for (const id of ids) agent.job(id).finish();

  const expected = ids.map((id) => Array.from({ length: lines }, (_, line) => `${id} line ${line}`));
  expect(await texts).toEqual(expected);
  expect(await bytes).toEqual(expected.map((all) => all.map((line) => `${line}\n`).join('')));
  expect((await results).map(({ id }) => id)).toEqual(ids);
  expect([...agent.starts.values()]).toEqual([1, 1, 1, 1, 1]);
}, 60_000);

test('run() starts each of 500 jobs once, and gets every result, across 100 broken connections', async () => {
  await using agent = await ScriptedAgent.start();
  await using relay = await FaultyRelay.start(agent.url);
  const random = numbersFrom(11);
  await using client = await connect(relay.url, { ...QUICKLY, random });
  relay.cutAfter = () => (relay.cuts < 100 ? 400 + Math.floor(random() * 5000) : undefined);
  relay.cutAll();
  const jobs = Array.from({ length: 500 }, (_, at) =>
    client.run({ command: 'fake.print', id: `job-${at}`, arguments: { lines: at % 7 } }),
  );
  const outcomes = await Promise.all(
    jobs.map(async (job, at) => {
      const [texts, result] = await Promise.all([at % 3 === 0 ? textsOf(job) : undefined, job.wait()]);
      return { id: result.id, lines: texts?.length ?? at % 7 };
    }),
  );
  expect(outcomes).toEqual(jobs.map(({ id }, at) => ({ id, lines: at % 7 })));
  expect(new Set(agent.starts.values())).toEqual(new Set([1]));
  expect(agent.starts.size).toBe(500);
  expect(relay.cuts).toBeGreaterThanOrEqual(100);
});

test('run() starts a job once although its connection breaks before the answer', async () => {
  let isFirst = true;
  await using agent = await ScriptedAgent.start({
    onCommand: (frame, session) => {
      if (frame.command !== 'fake.job' || !isFirst) return false;
      isFirst = false;
      agent.start('a', JSON.stringify([frame.command, frame['arguments']]));
      session.ws.terminate();
      return true;
    },
  });
  await using client = await connect(agent.url, QUICKLY);
  const job = client.run({ command: 'fake.job', id: 'a' });
  expect(await job.accepted).toEqual({ id: 'a', attached: true });
  agent.job('a').finish();
  expect(await job.wait()).toMatchObject({ id: 'a' });
  expect(agent.starts.get('a')).toBe(1);
});

test('result() of an accepted job rejects as lost, and starts nothing, when the agent forgot it while away', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url, QUICKLY);
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.accepted;
  agent.jobs.clear();
  agent.closeAll(1011);
  await expect(job.result()).rejects.toMatchObject({ code: 'lost' });
  expect(agent.starts.get('a')).toBe(1);
});

test('call() is sent again after a break only if it is idempotent', async () => {
  let breaks = 2;
  await using agent = await ScriptedAgent.start({
    onCommand: (frame, session) => {
      if (frame.command !== 'core.ping' || breaks === 0) return false;
      breaks -= 1;
      session.ws.terminate();
      return true;
    },
  });
  await using client = await connect(agent.url, QUICKLY);
  await expect(client.call('core.ping')).rejects.toMatchObject({ code: 'disconnected' });
  expect(await client.call('core.ping', undefined, { idempotent: true })).toMatch(/^PONG/);
  expect(agent.count('core.ping')).toBe(3);
});

test('call() made while there is no connection waits for the next one', async () => {
  await using agent = await ScriptedAgent.start();
  const statuses: ClientStatus['type'][] = [];
  await using client = await connect(agent.url, { ...QUICKLY, onStatus: ({ type }) => statuses.push(type) });
  agent.closeAll(1012);
  await until('the client noticed', () => statuses.includes('reconnecting'));
  expect(await client.call('core.ping')).toMatch(/^PONG/);
  expect(statuses).toEqual(['connected', 'disconnected', 'reconnecting', 'connected']);
});

const FINAL_CODES = Object.entries(CLOSE_CODES).filter(([, { reconnect }]) => !reconnect);

test.each(FINAL_CODES.map(([code]) => Number(code)))('close code %i ends the client', async (code) => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url, QUICKLY);
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.accepted;
  agent.closeAll(code);
  await expect(job.result()).rejects.toMatchObject({ message: expect.stringContaining(String(code)) });
  expect(await client.closed).toMatchObject({ name: 'AgentError' });
  expect(client.state).toBe('closed');
});

test('onStatus() is told the whole story of an agent that goes for good', async () => {
  const statuses: ClientStatus[] = [];
  await using agent = await ScriptedAgent.start();
  await using relay = await FaultyRelay.start(agent.url);
  const reconnect = { firstMs: 1, capMs: 4, giveUpAfterMs: 50 };
  const client = await connect(relay.url, { reconnect, onStatus: (status) => statuses.push(status) });
  relay.target = undefined;
  relay.cutAll();
  expect(await client.closed).toMatchObject({ code: 'disconnected' });
  expect(statuses.slice(0, 3).map(({ type }) => type)).toEqual(['connected', 'disconnected', 'reconnecting']);
  expect(statuses.at(-1)).toMatchObject({ type: 'closed', error: { code: 'disconnected' } });
});

test('an agent that answers a reconnect with 401 closes the client', async () => {
  await using first = await ScriptedAgent.start();
  await using relay = await FaultyRelay.start(first.url);
  await using client = await connect(relay.url, QUICKLY);
  await using second = await ScriptedAgent.start({ refuseWith: 401 });
  relay.target = second.port;
  relay.cutAll();
  expect(await client.closed).toMatchObject({ code: 'unauthorized' });
});

async function textsOf(job: ReturnType<Client['run']>): Promise<string[]> {
  const texts: string[] = [];
  for await (const item of job.messages()) if (item.type === 'message') texts.push(item.text);
  return texts;
}

async function bytesOf(job: ReturnType<Client['run']>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const item of job.output()) if (item.type === 'bytes') parts.push(item.bytes);
  return Buffer.concat(parts).toString();
}

/** The same numbers, 0 (included) to 1 (excluded), in each run of the test. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
