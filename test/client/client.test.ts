import { expect, test } from 'vitest';
import { connect, isJobFailedError } from '../../src/client/index.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { ScriptedAgent } from '../fakes/scripted-agent.ts';

test('run() resolves to the result of a job that succeeds, and hands out its messages', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const job = client.run({ command: 'fake.print', arguments: { lines: 3 } });
  expect(await job.accepted).toEqual({ id: job.id, attached: false });
  const texts: string[] = [];
  for await (const item of job.messages()) if (item.type === 'message') texts.push(item.text);
  expect(texts).toEqual(['line 0', 'line 1', 'line 2']);
  expect(await job.wait()).toMatchObject({ id: job.id, state: 'SUCCESS' });
});

test('output() hands out the bytes of a job', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const job = client.run({ command: 'fake.print', arguments: { lines: 1000 } });
  const bytes: Uint8Array[] = [];
  for await (const item of job.output()) if (item.type === 'bytes') bytes.push(item.bytes);
  expect(Buffer.concat(bytes).toString()).toBe(Array.from({ length: 1000 }, (_, line) => `line ${line}\n`).join(''));
});

test('wait() rejects with the result of a job that fails, result() resolves to it', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.accepted;
  agent.job('a').finish({ state: 'ERROR', code: 1003, exit: { code: 3 } });
  const error: unknown = await job.wait().catch((thrown: unknown) => thrown);
  expect(isJobFailedError(error) && error.result.code).toBe(1003);
  expect(error).toMatchObject({ message: 'Job "a" (fake.print) failed with exit code 3' });
  expect(await job.result()).toMatchObject({ code: 1003 });
});

test('run() of a refused command rejects with the AgentError of the refusal', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const job = client.run({ command: 'nothing.here' });
  await expect(job.accepted).rejects.toMatchObject({ name: 'AgentError', code: 'unknown-command', number: 404 });
  await expect(job.result()).rejects.toMatchObject({ code: 'unknown-command' });
  await expect(job.messages().next()).rejects.toMatchObject({ code: 'unknown-command' });
});

test('call() resolves to the answer of a built-in', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  expect(await client.call('core.ping')).toMatch(/^PONG/);
  expect(await client.agent.ping()).toMatch(/^PONG/);
});

test('close() settles everything that was asked', async () => {
  await using agent = await ScriptedAgent.start();
  const client = await connect(agent.url);
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.accepted;
  const messages = job.messages();
  const waits = [job.result(), job.wait(), messages.next(), client.job('a').wait(), job.write('x'.repeat(1 << 20))];
  await client.close();
  for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: 'disconnected' });
  await expect(client.call('core.ping')).rejects.toMatchObject({ code: 'disconnected' });
  expect(client.state).toBe('closed');
  expect(await client.closed).toBeUndefined();
});

test('write() gives standard input in order, end() ends it', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const job = client.run({ command: 'fake.job', id: 'a' });
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
  void job.write('begin');
  await job.write(bytes);
  await job.end('end');
  expect(agent.job('a').input.equals(Buffer.concat([Buffer.from('begin'), bytes, Buffer.from('end')]))).toBe(true);
  expect(agent.job('a').inputEnded).toBe(true);
  await expect(job.write('more')).rejects.toMatchObject({ code: 'not-running' });
});

test('what nobody listens to never ends the process, and close() leaves no timer', async () => {
  const clock = new FakeClock();
  await using agent = await ScriptedAgent.start();
  const client = await connect(agent.url, { clock });
  const jobs = [client.run({ command: 'fake.job', id: 'a' }), client.run({ command: 'nothing' }), client.job('nobody')];
  for (const job of jobs) {
    void job.accepted;
    void job.result();
    void job.wait();
    void job.messages().next();
    void job.output({ signal: AbortSignal.abort() }).next();
    void job.kill('USR1');
    void job.write('x');
    void job.end();
    void job.write('y');
    void job.resize(80, 24);
  }
  void client.call('nothing');
  void client.jobs.get('nobody');
  void client.jobs.cancel('nobody');
  void client.queues.list();
  void client.agent.stop();
  await client.agent.ping();
  agent.closeAll(1012);
  await new Promise(setImmediate);
  await client.close();
  void client.call('core.ping');
  void client.run({ command: 'fake.job' }).wait();
  await new Promise(setImmediate);
  expect(clock.waiting).toBe(0);
});

test('five hundred clients come back to an agent that restarts', async () => {
  const agent = await ScriptedAgent.start();
  const { port } = agent;
  const clients = await Promise.all(Array.from({ length: 500 }, () => connect(agent.url)));
  agent.closeAll(1012);
  await agent[Symbol.asyncDispose]();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await using second = await ScriptedAgent.start({}, port);
  const began = performance.now();
  const pongs = await Promise.all(clients.map((client) => client.agent.ping()));
  expect(pongs).toHaveLength(500);
  expect(performance.now() - began).toBeLessThan(60_000);
  expect(second.sessions.size).toBe(500);
  await Promise.all(clients.map((client) => client.close()));
});
