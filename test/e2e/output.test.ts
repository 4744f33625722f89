import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { connect } from 'corex/client';
import type { Client } from 'corex/client';
import { startAgentProcess } from '../harness/agent-process.ts';
import type { AgentProcess } from '../harness/agent-process.ts';
import { childrenOf } from '../harness/processes.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { shell } from '../harness/test-agent.ts';
import { until } from '../harness/until.ts';

const MEGABYTE = 1_000_000;

/** Rounds of four jobs at a time; `COREX_OUTPUT_ROUNDS` makes a long run of it. */
const ROUNDS = Number(process.env['COREX_OUTPUT_ROUNDS'] ?? 20);

interface Stage extends AsyncDisposable {
  readonly agent: AgentProcess;
  readonly client: Client;
}

async function stage(): Promise<Stage> {
  const directory = tempDir();
  const agent = await startAgentProcess(directory.at('data'));
  const client = await connect(agent.url);
  return {
    agent,
    client,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await agent[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function rssOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

test(
  '1 MB right before the end reaches a reader to the last byte, every time',
  { timeout: ROUNDS * 6_000 },
  async () => {
    await using running = await stage();
    const { client } = running;
    const script = 'head -c 1000000 /dev/urandom | tee "$0"';
    const one = async (round: number): Promise<void> => {
      const file = `${running.agent.dataDir}/copy${round}`;
      const job = client.run({
        command: 'core.system',
        raw: true,
        arguments: { name: 'sh', args: ['-c', script, file] },
      });
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const item of job.output()) {
        if (item.type === 'gap') throw new Error('A gap');
        if (item.type !== 'bytes') continue;
        expect(item.position).toBe(bytes);
        hash.update(item.bytes);
        bytes += item.bytes.length;
      }
      expect(bytes).toBe(MEGABYTE);
      expect(hash.digest('hex')).toBe(
        createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
      );
      expect(await job.wait()).toMatchObject({ output: { bytes: MEGABYTE, dropped: 0 } });
    };
    for (let round = 0; round < ROUNDS * 4; round += 4)
      await Promise.all([0, 1, 2, 3].map((lane) => one(round + lane)));
  },
);

test('a line of 200 KB is one message', async () => {
  await using running = await stage();
  const result = await running.client.run(shell(`head -c 200000 /dev/zero | tr '\\0' x; echo`)).wait();
  expect(result.output.bytes).toBe(200_001);
  const texts: string[] = [];
  for await (const item of running.client.job(result.id).messages()) if (item.type === 'message') texts.push(item.text);
  expect(texts).toEqual(['x'.repeat(200_000)]);
});

test(
  '500 MB without a newline keep the agent’s memory bounded and end with a true result',
  { timeout: 120_000 },
  async () => {
    await using running = await stage();
    const before = await rssOf(running.agent.pid);
    let highest = 0;
    const job = running.client.run(shell('head -c 500000000 /dev/zero'));
    const sampling = setInterval(() => {
      void rssOf(running.agent.pid).then((rss) => (highest = Math.max(highest, rss)));
    }, 50);
    const result = await job.wait();
    clearInterval(sampling);
    expect(result.output.bytes).toBe(500 * MEGABYTE);
    expect(result.output.dropped).toBeGreaterThan(400 * MEGABYTE);
    expect(highest - before).toBeLessThan(200 * MEGABYTE);
  },
);

test(
  'a reader that stops reading during 400 MB costs no memory, slows nobody, and finds a gap when it returns',
  { timeout: 120_000 },
  async () => {
    await using running = await stage();
    const { agent, client } = running;
    await client.run(shell('true')).wait();
    const job = client.run({
      ...shell('read _; head -c 400000000 /dev/zero'),
      raw: true,
      arguments: { name: 'sh', args: ['-c', 'read _; head -c 400000000 /dev/zero'], open_stdin: true },
    });
    const { id } = await job.accepted;
    const stopped = await subscribeRaw(agent.socketPath, id);
    stopped.pause();
    const before = await rssOf(agent.pid);
    await job.end('go\n');
    let read = 0;
    for await (const item of job.output({ from: 'start' })) if (item.type === 'bytes') read += item.bytes.length;
    const result = await job.wait();
    expect(result.output.bytes).toBe(400 * MEGABYTE);
    expect(read).toBeGreaterThan(0);
    expect((await rssOf(agent.pid)) - before).toBeLessThan(64 * 1024 * 1024 + 40 * MEGABYTE);
    let position = 0;
    const gaps: { from: number; to: number }[] = [];
    const over = Promise.withResolvers<void>();
    stopped.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        expect(Number(data.readBigUInt64BE(5))).toBe(position);
        position += data.length - 13;
        return;
      }
      const frame = JSON.parse(data.toString()) as { type: string; from: number; to: number };
      if (frame.type === 'gap') {
        expect(frame.from).toBe(position);
        gaps.push(frame);
        position = frame.to;
      }
      if (frame.type === 'end') over.resolve();
    });
    stopped.resume();
    await over.promise;
    expect(position).toBe(400 * MEGABYTE);
    expect(gaps.length).toBeGreaterThan(0);
    stopped.terminate();
  },
);

async function subscribeRaw(socketPath: string, id: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws+unix:${socketPath}:/v1`);
  const subscribed = Promise.withResolvers<void>();
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) return;
    const frame = JSON.parse(data.toString()) as { type: string; ref?: string };
    if (frame.type === 'hello')
      socket.send(JSON.stringify({ command: 'job.subscribe', ref: 'sub', arguments: { id, as: 'bytes' } }));
    if (frame.ref === 'sub') subscribed.resolve();
  });
  await subscribed.promise;
  socket.removeAllListeners('message');
  return socket;
}

test('UTF-8 and random bytes arrive as they were written, whatever the chunks', async () => {
  await using running = await stage();
  const text = 'grüße 世界 🎉 '.repeat(5000);
  const job = running.client.run({ command: 'core.system', arguments: { name: 'cat', open_stdin: true } });
  const said: Buffer[] = [];
  const reading = (async () => {
    for await (const item of job.output()) if (item.type === 'bytes') said.push(Buffer.from(item.bytes));
  })();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 997) await job.write(bytes.subarray(at, at + 997));
  await job.end();
  await reading;
  expect(Buffer.concat(said).equals(bytes)).toBe(true);
});

test('a job ends although something it left holds its output open, and says so', async () => {
  await using running = await stage();
  const job = running.client.run(shell('sleep 60 & echo hi', { id: 'open' }));
  const result = await job.wait();
  expect(result).toMatchObject({ state: 'SUCCESS', output_open: true, streams: ['hi\n', ''] });
  const keeper = Number(await readFile(`${running.agent.dataDir}/keeper.pid`, 'utf8'));
  await until('nothing of it is left', () => childrenOf(keeper).length === 0);
});
