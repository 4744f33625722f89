import { createHash, randomBytes } from 'node:crypto';
import { createAgent, defineBuiltin, type Agent } from 'corex';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { connect, findLocalAgent, type Client, type ConnectOptions, type JobHandle } from '../../src/client/index.ts';
import { QUICKLY } from './connect-noticing.ts';
import { FaultyRelay } from '../fakes/faulty-relay.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

const ANY_PORT = ['ws://127.0.0.1:0'];

/** A job that needs no process. */
const ECHO = defineBuiltin({
  name: 'test.echo',
  summary: 'Answers what it is asked.',
  arguments: z.int(),
  durable: true,
  run: (value) => value,
});

test('a client and an agent run a job, read it and wait for it', async () => {
  await using side = await start();
  const job = side.client.run(shell('echo out; echo err >&2; echo "20::{\\"a\\":1}"; exit 3'));
  const items: string[] = [];
  for await (const item of job.messages()) {
    items.push(
      item.type === 'message' ? `${item.level} ${item.text}` : item.type === 'event' ? item.event.event : item.type,
    );
  }
  expect(items.toSorted()).toEqual(['1 out', '2 err', '20 {"a":1}', 'exited', 'started'].toSorted());
  expect(items.at(-1)).toBe('exited');
  const error: unknown = await job.wait().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'JobFailedError', result: { code: 1003, data: '{"a":1}' } });
});

test('every line of five jobs comes exactly once, in order, across 200 broken connections', async () => {
  const lines = 20_000;
  await using side = await start();
  const random = numbersFrom(7);
  side.relay.cutAfter = () => (side.relay.cuts < 210 ? 500 + Math.floor(random() * 60_000) : undefined);
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const jobs = ids.map((id) => side.client.run({ ...shell(countTo(id, lines)), id }));
  const texts = Promise.all(jobs.map((job) => textsOf(job)));
  const bytes = Promise.all(jobs.map((job) => bytesOf(job)));
  side.relay.cutAll();
  const expected = ids.map((id) =>
    Array.from({ length: lines }, (_, line) => `${id} line ${line + 1} ${'x'.repeat(40)}`),
  );
  expect(await texts).toEqual(expected);
  expect(await bytes).toEqual(expected.map((all) => all.map((line) => `${line}\n`).join('')));
  for (const job of jobs) expect(await job.wait()).toMatchObject({ runs: 1, state: 'SUCCESS' });
  expect(side.relay.cuts).toBeGreaterThanOrEqual(200);
}, 120_000);

test.each([0, 10])(
  '50 MB go through cat unharmed, with %i broken connections',
  async (cuts) => {
    await using side = await start();
    const job = side.client.run({ command: 'core.system', arguments: { name: 'cat', open_stdin: true }, raw: true });
    await job.accepted;
    const random = numbersFrom(3);
    side.relay.cutAfter = () => (side.relay.cuts < cuts ? 200_000 + Math.floor(random() * 4_000_000) : undefined);
    if (cuts > 0) side.relay.cutAll();
    const piece = 500_000;
    const sent = createHash('sha256');
    const write = async (): Promise<void> => {
      for (let at = 0; at < 100; at += 1) {
        const bytes = randomBytes(piece);
        sent.update(bytes);
        await job.write(bytes);
      }
      await job.end();
    };
    const read = async (): Promise<string> => {
      const received = createHash('sha256');
      let length = 0;
      for await (const item of job.output()) {
        if (item.type === 'gap') throw new Error(`A gap from ${item.from} to ${item.to}`);
        if (item.type !== 'bytes') continue;
        received.update(item.bytes);
        length += item.bytes.length;
      }
      expect(length).toBe(100 * piece);
      return received.digest('hex');
    };
    const [received] = await Promise.all([read(), write()]);
    expect(received).toBe(sent.digest('hex'));
    expect(await job.wait()).toMatchObject({ output: { bytes: 100 * piece } });
    expect(side.relay.cuts).toBeGreaterThanOrEqual(cuts);
  },
  120_000,
);

test('results come from the history after the agent was started again', async () => {
  await using directory = tempDir();
  const first = await createAgent({ dataDir: directory.at('data'), listen: ANY_PORT });
  await using relay = await FaultyRelay.start(first.endpoints[0] ?? '');
  await using client = await connectTo(relay.url, directory.at('data'));
  const jobs = Array.from({ length: 20 }, (_, at) => client.run({ ...shell(`echo ${at}`), id: `job-${at}` }));
  await Promise.all(jobs.map((job) => job.wait()));
  const running = client.run({ ...shell('sleep 60'), id: 'running' });
  await running.accepted;
  await until('it runs', async () => (await client.jobs.get('running')).state === 'running');
  relay.target = undefined;
  await first.stop();
  await until('the client noticed', () => client.state === 'reconnecting');
  const again = jobs.map(({ id }, at) => client.run({ ...shell(`echo ${at}`), id }));
  const texts = textsOf(client.job('job-7'));
  await using second = await createAgent({ dataDir: directory.at('data'), listen: ANY_PORT });
  relay.target = Number(new URL(second.endpoints[0] ?? '').port);
  for (const job of again) {
    expect(await job.accepted).toMatchObject({ attached: true });
    expect(await job.wait()).toEqual(await jobs.find(({ id }) => id === job.id)?.wait());
  }
  expect(await texts).toEqual(['7']);
  // Its process ended with the agent that ran it.
  expect(await running.result()).toMatchObject({ id: 'running', state: expect.stringMatching(/ERROR|KILLED/) });
});

test('the same id attaches with the same content and is refused with other content', async () => {
  await using side = await start();
  const one = side.client.run({ ...shell('echo once'), id: 'a' });
  const two = side.client.run({ ...shell('echo once'), id: 'a' });
  const other = side.client.run({ ...shell('echo twice'), id: 'a' });
  expect(await two.wait()).toEqual(await one.wait());
  expect((await one.accepted).attached).toBe(false);
  expect((await two.accepted).attached).toBe(true);
  await expect(other.accepted).rejects.toMatchObject({ code: 'duplicate-id', number: 409 });
  expect(await side.client.job('a').wait()).toEqual(await one.wait());
});

test('an abort kills the process; a kill of a slow job is told as one', async () => {
  await using side = await start();
  const abort = new AbortController();
  const job = side.client.run(shell('echo ready; sleep 60'), { signal: abort.signal });
  for await (const item of job.messages()) if (item.type === 'message') break;
  abort.abort();
  expect(await job.result()).toMatchObject({ state: 'KILLED', reason: 'killed', exit: { signal: 'SIGTERM' } });
  await expect(job.kill()).rejects.toMatchObject({ name: 'AgentError' });
});

test('a slow reader is sent no more than it takes, and gets all', async () => {
  await using side = await start();
  const total = 40_000_000;
  const job = side.client.run({ ...shell(`head -c ${total} /dev/zero`), raw: true });
  const slow = job.output({ bufferBytes: 1 << 20 });
  await job.wait();
  const other = await bytesLengthOf(job);
  expect(other).toBe(total);
  expect(slow.buffered).toBeLessThan(6 << 20);
  let length = 0;
  for await (const item of slow) {
    if (item.type === 'bytes') length += item.bytes.length;
    expect(slow.buffered).toBeLessThan(6 << 20);
  }
  expect(length).toBe(total);
});

test('jobs beyond what the agent allows unanswered are taken in turn', async () => {
  await using side = await start();
  const jobs = Array.from({ length: 5000 }, (_, at) => side.client.run({ command: 'test.echo', arguments: at }));
  const results = await Promise.all(jobs.map((job) => job.wait()));
  expect(results.map(({ data }) => data)).toEqual(jobs.map((_, at) => String(at)));
});

interface Side extends AsyncDisposable {
  readonly agent: Agent;
  readonly relay: FaultyRelay;
  readonly client: Client;
}

/** An agent, a relay before it and a client behind that. */
async function start(options: ConnectOptions = QUICKLY): Promise<Side> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(tempDir());
  const agent = stack.use(await createAgent({ dataDir: directory.path, listen: ANY_PORT, builtins: [ECHO] }));
  const relay = stack.use(await FaultyRelay.start(agent.endpoints[0] ?? ''));
  const client = stack.use(await connectTo(relay.url, directory.path, options));
  const owned = stack.move();
  return { agent, relay, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function connectTo(url: string, dataDir: string, options: ConnectOptions = QUICKLY): Promise<Client> {
  const token = (await findLocalAgent({ dataDir }))?.token ?? '';
  return await connect(url, { ...options, token });
}

function shell(script: string) {
  return { command: 'core.system', arguments: { name: 'sh', args: ['-c', script] } };
}

/** Numbered lines, written slowly enough that connections break between them. */
function countTo(name: string, lines: number): string {
  return `seq 1 ${lines} | sed 's/.*/${name} line & ${'x'.repeat(40)}/'`;
}

async function textsOf(job: JobHandle): Promise<string[]> {
  const texts: string[] = [];
  for await (const item of job.messages()) if (item.type === 'message') texts.push(item.text);
  return texts;
}

async function bytesOf(job: JobHandle): Promise<string> {
  const parts: Buffer[] = [];
  for await (const item of job.output()) if (item.type === 'bytes') parts.push(item.bytes);
  return Buffer.concat(parts).toString();
}

async function bytesLengthOf(job: JobHandle): Promise<number> {
  let length = 0;
  for await (const item of job.output()) if (item.type === 'bytes') length += item.bytes.length;
  return length;
}

/** The same numbers, 0 (included) to 1 (excluded), in each run of the test. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
