import { expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { connectNoticing, QUICKLY } from './connect-noticing.ts';
import { ScriptedAgent } from '../fakes/scripted-agent.ts';
import { until } from '../harness/until.ts';

test('kill() stops the job, or sends it one signal', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.kill('USR1');
  expect(agent.job('a').killedWith).toBe('USR1');
  await job.kill();
  expect(await job.result()).toMatchObject({ state: 'KILLED' });
  await expect(job.wait()).rejects.toMatchObject({ name: 'JobFailedError', result: { state: 'KILLED' } });
});

test('kill() goes out although a thousand commands wait for their turn', async () => {
  await using agent = await ScriptedAgent.start({ onCommand: (frame) => frame.command === 'fake.silence' });
  await using client = await connect(agent.url);
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.accepted;
  for (let at = 0; at < 2000; at += 1) client.run({ command: 'fake.silence' });
  await job.kill();
  expect(agent.job('a').result).toMatchObject({ state: 'KILLED' });
});

test('a signal kills the job as soon as it is accepted', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const abort = new AbortController();
  const job = client.run({ command: 'fake.job', id: 'a' }, { signal: abort.signal });
  abort.abort();
  expect(await job.result()).toMatchObject({ state: 'KILLED', reason: 'killed' });
});

test('a signal with "detach" lets the job go on and rejects with its reason', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const abort = new AbortController();
  const job = client.run({ command: 'fake.job', id: 'a' }, { signal: abort.signal, onAbort: 'detach' });
  await job.accepted;
  const reason = new Error('seen enough');
  abort.abort(reason);
  await expect(job.result()).rejects.toBe(reason);
  expect(agent.job('a').killedWith).toBeUndefined();
});

test('a signal withdraws a command that was never sent', async () => {
  await using agent = await ScriptedAgent.start();
  const { client, lost } = await connectNoticing(agent.url);
  await using _client = client;
  agent.closeAll(1012);
  await lost;
  const abort = new AbortController();
  const job = client.run({ command: 'fake.job', id: 'a' }, { signal: abort.signal });
  const early = client.run({ command: 'fake.job', id: 'b' }, { signal: AbortSignal.abort(new Error('before')) });
  abort.abort(new Error('too late'));
  await expect(job.result()).rejects.toThrow('too late');
  await expect(early.accepted).rejects.toThrow('before');
  await client.agent.ping();
  expect(agent.jobs.size).toBe(0);
});

test('a signal ends an iterator with its reason, and leaves the job alone', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const job = client.run({ command: 'fake.job', id: 'a' });
  const abort = new AbortController();
  const messages = job.messages({ signal: abort.signal });
  await job.accepted;
  agent.job('a').say('one');
  expect(await messages.next()).toMatchObject({ value: { text: 'one' } });
  const next = messages.next();
  abort.abort(new Error('enough'));
  await expect(next).rejects.toThrow('enough');
  await until('the agent was told', () => agent.count('job.unsubscribe') === 1);
  expect(agent.job('a').killedWith).toBeUndefined();
});

test('leaving a loop over messages() ends the subscription', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.accepted;
  agent.job('a').say('one', 'two');
  for await (const item of job.messages()) if (item.type === 'message') break;
  await until('the agent was told', () => agent.count('job.unsubscribe') === 1);
});

test('messages() from the position of another iterator goes on after its last item', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const job = client.run({ command: 'fake.print', id: 'a', arguments: { lines: 10 } });
  const first = job.messages();
  for (let taken = 0; taken < 4; taken += 1) await first.next();
  const texts: string[] = [];
  for await (const item of client.job('a').messages({ from: first.position ?? 0 })) {
    if (item.type === 'message') texts.push(item.text);
  }
  expect(texts).toEqual(['line 4', 'line 5', 'line 6', 'line 7', 'line 8', 'line 9']);
});

test('job() of an id finds the result of somebody else’s job', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url, QUICKLY);
  await using other = await connect(agent.url);
  await other.run({ command: 'fake.job', id: 'a' }).accepted;
  const result = client.job('a').wait();
  await until('the client waits', () => agent.count('job.wait') === 1);
  agent.closeAll(1012);
  await until('the client waits again', () => agent.count('job.wait') === 2);
  agent.job('a').finish();
  expect(await result).toMatchObject({ id: 'a', state: 'SUCCESS' });
  expect(await client.job('a').accepted).toEqual({ id: 'a', attached: true });
  await expect(client.job('nobody').accepted).rejects.toMatchObject({ code: 'unknown-job' });
  await expect(client.job('nobody').wait()).rejects.toMatchObject({ code: 'unknown-job' });
  await expect(client.job('nobody').messages().next()).rejects.toMatchObject({ code: 'unknown-job' });
  await expect(client.job('nobody').write('x')).rejects.toMatchObject({ code: 'unknown-job' });
});

test('a slow reader holds up nobody and buffers no more than its share', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const line = 'x'.repeat(1000);
  const count = 30_000;
  const run = async (id: string) => {
    const job = client.run({ command: 'fake.job', id });
    await job.accepted;
    return job;
  };
  const [slowJob, fastJob] = await Promise.all([run('slow'), run('fast')]);
  const slow = slowJob.output({ bufferBytes: 1 << 20 });
  const first = slow.next();
  for (const id of ['slow', 'fast']) {
    for (let at = 0; at < count; at += 1000) agent.job(id).say(...Array.from({ length: 1000 }, () => line));
    agent.job(id).finish();
  }
  await first;
  let fastBytes = 0;
  for await (const item of fastJob.output()) if (item.type === 'bytes') fastBytes += item.bytes.length;
  expect(fastBytes).toBe(count * 1001);
  await until('the slow one was paused', () => agent.count('job.unsubscribe') > 0);
  await client.agent.ping();
  // The buffer, and what was on its way when the agent was told to stop.
  expect(slow.buffered).toBeLessThan(8 << 20);
  const { value } = await first;
  let slowBytes = value?.type === 'bytes' ? value.bytes.length : 0;
  for await (const item of slow) {
    if (item.type === 'bytes') slowBytes += item.bytes.length;
    expect(slow.buffered).toBeLessThan(8 << 20);
  }
  expect(slowBytes).toBe(count * 1001);
});

test('write() goes on where the agent says after a break, and loses no byte', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url, QUICKLY);
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.accepted;
  const breaker = setInterval(() => agent.closeAll(1012), 20);
  const expected: Buffer[] = [];
  try {
    for (let at = 0; at < 200; at += 1) {
      const bytes = Buffer.alloc(20_000, at);
      expected.push(Buffer.from(bytes));
      await job.write(bytes);
      // A writer may use its buffer again.
      bytes.fill(0xff);
      if (at % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await job.end();
  } finally {
    clearInterval(breaker);
  }
  expect(agent.job('a').input.equals(Buffer.concat(expected))).toBe(true);
  expect(agent.job('a').inputEnded).toBe(true);
  expect(agent.count('job.stdin')).toBeGreaterThan(3);
});

test('write() waits for the credit', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.accepted;
  agent.job('a').takesInput = false;
  let isWritten = false;
  const written = job.write(Buffer.alloc(200_000)).then(() => (isWritten = true));
  await until('some came', () => agent.job('a').input.length > 0);
  await client.agent.ping();
  expect(agent.job('a').input.length).toBe(64 * 1024);
  expect(isWritten).toBe(false);
  agent.job('a').takesInput = true;
  agent.acknowledgeInput('a');
  await written;
  await job.end();
  expect(agent.job('a').input.length).toBe(200_000);
});

test('write() waits for a job that does not run yet', async () => {
  let tries = 0;
  await using agent = await ScriptedAgent.start({
    onCommand: (frame, session) => {
      if (frame.command === 'job.get') session.answer(frame, { id: 'a', state: 'queued' });
      if (frame.command !== 'job.stdin') return frame.command === 'job.get';
      tries += 1;
      if (tries > 2) return false;
      session.refuse(frame, 'not-running', 409);
      return true;
    },
  });
  await using client = await connect(agent.url);
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.end('hello');
  expect(agent.job('a').input.toString()).toBe('hello');
  expect(tries).toBe(3);
});

test('end() whose answer was lost resolves when the agent says that the input is closed', async () => {
  let isLost = false;
  await using agent = await ScriptedAgent.start({
    onCommand: (frame, session) => {
      if (!isLost) return false;
      if (frame.command === 'job.stdin') session.refuse(frame, 'not-running', 409);
      return frame.command === 'job.stdin';
    },
  });
  await using client = await connect(agent.url, QUICKLY);
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.write('x');
  await until('it was taken', () => agent.job('a').input.length === 1);
  await client.agent.ping();
  agent.job('a').takesInput = false;
  const end = job.end();
  await until('the end came', () => agent.job('a').inputEnded);
  isLost = true;
  agent.closeAll(1012);
  await end;
  await expect(client.job('a').write('y')).rejects.toMatchObject({ code: 'not-running' });
});

test('run() that was accepted waits for an agent that can not answer just now', async () => {
  let refusals = 0;
  await using agent = await ScriptedAgent.start({
    onCommand: (frame, session) => {
      if (frame.command !== 'job.get' || refusals === 2) return false;
      refusals += 1;
      session.refuse(frame, 'store-unavailable', 503);
      return true;
    },
  });
  await using client = await connect(agent.url, QUICKLY);
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.accepted;
  agent.closeAll(1012);
  await until('it was refused twice', () => refusals === 2);
  agent.job('a').finish();
  expect(await job.wait()).toMatchObject({ id: 'a' });
});

test('write() rejects and end() resolves when the job is over', async () => {
  await using agent = await ScriptedAgent.start({ onCommand: (frame) => frame.command === 'job.stdin' });
  await using client = await connect(agent.url);
  const job = client.run({ command: 'fake.job', id: 'a' });
  const write = job.write('x');
  const end = job.end();
  await until('it was asked', () => agent.count('job.stdin') === 1);
  agent.job('a').finish();
  await expect(write).rejects.toMatchObject({ code: 'not-running' });
  await end;
});

test('inputTaken() waits until the job has taken what was sent', async () => {
  await using agent = await ScriptedAgent.start();
  await using client = await connect(agent.url);
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.accepted;
  await job.inputTaken();
  agent.job('a').takesInput = false;
  await job.write('hello');
  let isTaken = false;
  const taken = job.inputTaken().then(() => (isTaken = true));
  await until('it came', () => agent.job('a').input.length > 0);
  await client.agent.ping();
  expect(isTaken).toBe(false);
  agent.job('a').takesInput = true;
  agent.acknowledgeInput('a');
  await taken;
  agent.job('a').finish();
  await job.result();
  await expect(job.inputTaken()).rejects.toMatchObject({ code: 'not-running' });
});

test('write() goes on behind what others wrote while the connection was lost', async () => {
  await using agent = await ScriptedAgent.start();
  const { client, lost } = await connectNoticing(agent.url);
  await using _client = client;
  const job = client.run({ command: 'fake.job', id: 'a' });
  await job.write('mine ');
  await job.inputTaken();
  agent.closeAll(1012);
  await lost;
  agent.job('a').input = Buffer.from('mine theirs ');
  await job.write('mine again');
  await job.end();
  expect(agent.job('a').input.toString()).toBe('mine theirs mine again');
});
