import { describe, expect, test } from 'vitest';
import type { Submission } from '../../src/engine/submission.ts';
import { AgentError } from '../../src/protocol/agent-error.ts';
import { SERVER_FRAMES } from '../../src/protocol/frames.ts';
import { encodeBinaryFrame } from '../../src/channel/binary-frame.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';
import { PING, PONG, RawSocket } from './raw-socket.ts';
import { startFakeServer } from './start-fake-server.ts';

describe('a session', () => {
  test('says hello first, then answers', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    expect(client.frames[0]).toMatchObject({ type: 'hello', protocol: 1, agent: 'fake', heartbeat_ms: 20_000 });
    expect(await client.call('core.ping')).toMatchObject({ command: 'core.ping', data: '"pong"', state: 'SUCCESS' });
  });

  test('answers many commands of one packet, each with its own ref', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    const refs = Array.from({ length: 1000 }, (_, ref) => ref);
    for (const ref of refs) client.send({ command: 'fake.echo', ref, arguments: { ref } });
    await client.result(999);
    const results = client.frames.filter(({ type }) => type === 'result');
    expect(results.map((result) => [result['ref'], result['data']])).toEqual(
      refs.map((ref) => [ref, JSON.stringify({ ref })]),
    );
  });

  test('sends nothing that its schemas do not know', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    const job = fake.engine.job('job');
    job.sayLines('a', 'b');
    job.say({ type: 'event', event: { event: 'started', run: 1, position: 0 } }, { type: 'gap', from: 1, to: 2 });
    job.settle();
    client.send({ command: 'fake.job', id: 'job', ref: 1, stream: true });
    client.send({ command: 'job.subscribe', ref: 2, arguments: { id: 'job' } });
    client.send({ command: 'core.ping', nonsense: 1, ref: 3 });
    client.send({ ref: 4 });
    await client.next(({ type }) => type === 'end');
    await client.result(1);
    for (const frame of client.frames) {
      const schema = SERVER_FRAMES[frame.type as keyof typeof SERVER_FRAMES];
      expect(schema.safeParse(frame).error, frame.type).toBeUndefined();
    }
    expect(new Set(client.frames.map(({ type }) => type))).toEqual(
      new Set(['hello', 'accepted', 'messages', 'event', 'gap', 'result', 'end', 'error']),
    );
  });
});

describe('a frame that is no command', () => {
  test.each([
    ['[]', undefined],
    ['nonsense', undefined],
    ['{"ref":"mine"}', 'mine'],
    ['{"ref":7,"x":1}', 7],
  ])('%s is answered with an error, and the connection lives', async (text, ref) => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    client.ws.send(text);
    const error = await client.next(({ type }) => type === 'error');
    expect(error).toMatchObject({ code: 'bad-frame', ...(ref === undefined ? {} : { ref }) });
    expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  });

  test.each([
    ['empty', Buffer.alloc(0)],
    ['shorter than a header', Buffer.alloc(12)],
    ['of a kind clients don’t send', encodeBinaryFrame({ kind: 1, handle: 1, position: 0, payload: Buffer.from('x') })],
    ['of an unknown kind', encodeBinaryFrame({ kind: 200, handle: 1, position: 0, payload: Buffer.from('x') })],
    ['at a position beyond numbers', Buffer.alloc(20, 0xff)],
  ])('a binary one %s is answered with an error, and the connection lives', async (_what, data) => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    client.ws.send(data);
    expect(await client.next(({ type }) => type === 'error')).toMatchObject({ code: 'bad-frame' });
    expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  });
});

describe('a command that is refused', () => {
  test.each([
    ['with an unknown key', { command: 'core.ping', comand: 1 }, 'bad-command'],
    ['with a field of the wrong type', { command: 'core.ping', max_time: 'soon' }, 'bad-command'],
    ['whose name is no text', { command: 7 }, 'bad-command'],
    ['whose name is null', { command: null }, 'bad-command'],
    ['of no registered name', { command: 'core.pong' }, 'unknown-command'],
    ['named as what every object has', { command: '__proto__' }, 'unknown-command'],
    ['named after a constructor', { command: 'constructor' }, 'unknown-command'],
    ['with a path for a name', { command: 'core.ping.apply' }, 'unknown-command'],
  ])('%s gets a result that says so, to its sender only (SEC-12)', async (_what, frame, code) => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    await using other = await fake.connect();
    client.send({ ...frame, ref: 'r' });
    expect(await client.result('r')).toMatchObject({ refused: true, reason: 'rejected', error: { code } });
    expect(await other.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
    expect(other.frames).toHaveLength(2);
    expect(client.frames.some(({ type }) => type === 'accepted')).toBe(false);
  });
});

describe('a job', () => {
  test('is accepted, and its result comes when it has settled', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    client.send({ command: 'fake.job', id: 'job', ref: 'r' });
    expect(await client.next(({ type }) => type === 'accepted')).toEqual({
      type: 'accepted',
      id: 'job',
      ref: 'r',
      attached: false,
    });
    expect(client.frames).toHaveLength(2);
    fake.engine.jobsById.get('job')?.settle();
    expect(await client.result('r')).toMatchObject({ id: 'job', state: 'SUCCESS' });
  });

  test('streams its messages between `accepted` and its result', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    const job = fake.engine.job('job');
    job.sayLines(...Array.from({ length: 5000 }, (_, line) => `line ${String(line)}`));
    job.settle();
    client.send({ command: 'fake.job', id: 'job', ref: 'r', stream: true, log_levels: [1, 2] });
    await client.result('r');
    expect(client.frames.map(({ type }) => type).filter((type) => type !== 'messages')).toEqual([
      'hello',
      'accepted',
      'result',
    ]);
    expect(client.frames.at(-1)?.type).toBe('result');
    const lines = client.frames.flatMap((frame) => (frame['messages'] ?? []) as { text: string }[]);
    expect(lines.map(({ text }) => text)).toEqual(Array.from({ length: 5000 }, (_, line) => `line ${String(line)}`));
    expect(client.frames.find(({ type }) => type === 'messages')).not.toHaveProperty('handle');
    expect(job.reads).toEqual([{ from: 'start', as: 'messages', levels: [1, 2] }]);
    expect(job.readers[0]?.isClosed).toBe(true);
  });

  test('that is raw streams its bytes, under the handle `accepted` names', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    const job = fake.engine.job('job');
    job.say({ type: 'bytes', stream: 'stdout', position: 0, bytes: Buffer.from('raw') });
    job.settle();
    client.send({ command: 'fake.job', id: 'job', ref: 'r', stream: true, raw: true });
    const { handle } = await client.next(({ type }) => type === 'accepted');
    expect(handle).toBe(1);
    await client.result('r');
    expect(client.binary.map((frame) => ({ ...frame, payload: frame.payload.toString() }))).toEqual([
      { kind: 1, handle, position: 0, payload: 'raw' },
    ]);
    expect(client.frames.map(({ type }) => type)).toEqual(['hello', 'accepted', 'end', 'result']);
  });

  test('without an id gets one when it is streamed, so that its frames can be told apart', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    client.send({ command: 'fake.job', ref: 'r', stream: true });
    const { id } = await client.next(({ type }) => type === 'accepted');
    fake.engine.jobsById.get(id as string)?.settle();
    expect(await client.result('r')).toMatchObject({ id });
  });

  test('goes on when the connection goes, which lets go of all it read', async () => {
    await using fake = await startFakeServer();
    const job = fake.engine.job('job');
    {
      await using client = await fake.connect();
      client.send({ command: 'fake.job', id: 'job', ref: 'r', stream: true });
      client.send({ command: 'fake.job', id: 'job', ref: 's' });
      await client.next((frame) => frame['ref'] === 's');
    }
    await until('the session is gone', () => fake.server.stats().sessions === 0);
    expect(job.readers[0]?.isClosed).toBe(true);
    job.settle();
    await using again = await fake.connect();
    again.send({ command: 'fake.job', id: 'job', ref: 't' });
    expect(await again.result('t')).toMatchObject({ state: 'SUCCESS' });
    expect(again.frames[1]).toMatchObject({ type: 'accepted', attached: true });
  });

  test('gives its result although its stream fails', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    const job = fake.engine.job('job');
    client.send({ command: 'fake.job', id: 'job', ref: 'r', stream: true });
    await client.next(({ type }) => type === 'accepted');
    await until('it is read', () => job.readers[0]?.fetches === 1);
    job.readers[0]!.failure = new Error('the log is damaged');
    job.sayLines('wake up');
    job.settle();
    expect(await client.result('r')).toMatchObject({ state: 'SUCCESS' });
  });
});

describe('a call', () => {
  test('that streams sends what it says as messages before its result', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    fake.engine.calls.set('fake.talk', (_args, caller) => {
      caller.onCallMessage?.({ level: 1, text: 'working', seq: 7, epoch: 1 });
      return 'done';
    });
    client.send({ command: 'fake.talk', id: 'mine', ref: 'r', stream: true });
    expect(await client.result('r')).toMatchObject({ data: '"done"' });
    expect(client.frames[1]).toEqual({
      type: 'messages',
      id: 'mine',
      run: 1,
      messages: [{ level: 1, text: 'working', seq: 7, epoch: 1 }],
    });
    expect(await client.call('fake.talk')).toMatchObject({ data: '"done"' });
    expect(client.frames).toHaveLength(4);
  });

  test('is cancelled when the connection goes', async () => {
    await using fake = await startFakeServer();
    {
      await using client = await fake.connect();
      client.send({ command: 'fake.forever' });
      client.send({ command: 'fake.forever' });
      await until('both run', () => fake.server.stats().exchanges === 2);
    }
    await until('both are cancelled', () => fake.engine.cancelled.length === 2);
    expect(fake.server.stats()).toMatchObject({ sessions: 0, exchanges: 0 });
  });

  test('that is done is not cancelled later', async () => {
    await using fake = await startFakeServer();
    {
      await using client = await fake.connect();
      await client.call('core.ping');
    }
    await until('the session is gone', () => fake.server.stats().sessions === 0);
    expect(fake.engine.cancelled).toEqual([]);
  });
});

describe('more than 1,024 unanswered commands', () => {
  test('are refused with 429, while a kill still gets through', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    for (let ref = 0; ref < 1030; ref += 1) client.send({ command: 'fake.forever', ref });
    client.send({ command: 'job.kill', ref: 'kill', arguments: { id: 'victim' } });
    expect(await client.result('kill')).toMatchObject({ state: 'SUCCESS' });
    expect(fake.engine.kills).toEqual(['victim']);
    const refused = client.frames.filter((frame) => frame['refused'] === true);
    expect(refused.map((frame) => frame['ref'])).toEqual([1024, 1025, 1026, 1027, 1028, 1029]);
    expect(refused[0]).toMatchObject({ code: 429, error: { code: 'too-many' } });
  });

  test('do not count accepted jobs, however long they run', async () => {
    await using fake = await startFakeServer({ limits: { unanswered: 4 } });
    await using client = await fake.connect();
    for (let ref = 0; ref < 50; ref += 1) {
      client.send({ command: 'fake.job', id: `job-${String(ref)}`, ref });
      await client.next((frame) => frame['ref'] === ref);
    }
    expect(client.frames.filter(({ type }) => type === 'accepted')).toHaveLength(50);
  });

  test('are a thing of one connection, and over when they are answered', async () => {
    await using fake = await startFakeServer({ limits: { unanswered: 1 } });
    await using client = await fake.connect();
    await using other = await fake.connect();
    const release = Promise.withResolvers<string>();
    fake.engine.calls.set('fake.slow', () => release.promise);
    client.send({ command: 'fake.slow', ref: 'slow' });
    expect(await client.call('core.ping')).toMatchObject({ refused: true });
    expect(await other.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
    release.resolve('now');
    await client.result('slow');
    expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  });

  test('of kills alone have a limit of their own', async () => {
    await using fake = await startFakeServer({ limits: { unansweredKills: 2 } });
    await using client = await fake.connect();
    fake.engine.calls.set('job.kill', async (_args, _caller, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    for (const ref of [1, 2, 3]) client.send({ command: 'job.kill', ref, arguments: { id: 'x' } });
    expect(await client.result(3)).toMatchObject({ refused: true, code: 429 });
  });
});

describe('what throws behind the door (WS-15)', () => {
  const thrown = new Error('a defect');

  test('in `submit()` is answered as internal, and the connection lives', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    const submit = fake.engine.submit.bind(fake.engine);
    fake.engine.submit = () => {
      throw thrown;
    };
    expect(await client.call('core.ping')).toMatchObject({ state: 'ERROR', error: { code: 'internal' } });
    fake.engine.submit = submit;
    expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
    expect(fake.server.stats().exchanges).toBe(0);
  });

  test.each([
    ['call', (result) => ({ type: 'call', result, cancel: () => undefined })],
    ['job', (accepted) => ({ type: 'job', id: 'x', accepted })],
  ] as [string, (rejected: Promise<never>) => Submission][])(
    'as the rejected promise of a %s is answered as internal',
    async (_what, submit) => {
      await using fake = await startFakeServer();
      await using client = await fake.connect();
      fake.engine.submit = () => submit(Promise.reject(thrown));
      expect(await client.call('core.ping')).toMatchObject({ state: 'ERROR', error: { code: 'internal' } });
    },
  );

  test('in a built-in is a result', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    expect(await client.call('fake.throw')).toMatchObject({ state: 'ERROR', error: { code: 'failed' } });
  });

  test('even in `refusal()` costs the connection, with 1011, and nobody else', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    await using other = await fake.connect();
    const refusal = fake.engine.refusal.bind(fake.engine);
    fake.engine.refusal = () => {
      throw thrown;
    };
    client.send({ command: 7 });
    expect(await within(20_000, 'the close', client.closed)).toEqual({ code: 1011, reason: 'internal' });
    fake.engine.refusal = refusal;
    expect(await other.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  });

  test('as a rejected result of a job sends nothing, and the connection lives', async () => {
    await using fake = await startFakeServer();
    await using client = await fake.connect();
    const job = fake.engine.job('job');
    Object.defineProperty(job, 'result', { get: () => Promise.reject(thrown) });
    client.send({ command: 'fake.job', id: 'job', ref: 'r' });
    await client.next(({ type }) => type === 'accepted');
    expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
    await until('it is let go', () => fake.server.stats().exchanges === 0);
  });
});

describe('the heartbeat', () => {
  test('pings every 20 seconds, and gives a silent peer up with 4009 (WS-3)', async () => {
    const clock = new FakeClock();
    await using fake = await startFakeServer({ clock });
    await using raw = await RawSocket.upgrade(fake.url, fake.authorization);
    await clock.advance(20_000);
    await until('the ping came', () => raw.frames.some(({ opcode }) => opcode === PING));
    await clock.advance(20_000);
    expect(await raw.closeFrame()).toEqual({ code: 4009, reason: 'heartbeat-timeout' });
    await within(20_000, 'the socket to close', raw.closed);
    await until('the session is gone', () => fake.server.stats().sessions === 0);
    expect(clock.waiting).toBe(0);
  });

  test('keeps a peer that answers', async () => {
    const clock = new FakeClock();
    await using fake = await startFakeServer({ clock });
    await using client = await fake.connect();
    let pings = 0;
    client.ws.on('ping', () => (pings += 1));
    for (let round = 1; round <= 10; round += 1) {
      await clock.advance(20_000);
      await until('the ping came', () => pings === round);
      // The pong is on its way before this call, so it has been read when the call is answered.
      await client.call('core.ping');
    }
    expect(PONG).toBe(10);
    expect(fake.server.stats().sessions).toBe(1);
  });
});

test('a session hears nothing after it was told to close', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  fake.server.dropSessions(4011);
  client.send({ command: 'job.kill', arguments: { id: 'too late' } });
  expect(await within(20_000, 'the close', client.closed)).toEqual({ code: 4011, reason: 'token-revoked' });
  expect(fake.engine.kills).toEqual([]);
});

test('a refusal made by the engine carries the ref', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  const refused = {
    type: 'refused' as const,
    result: fake.engine.refusal({ id: 'x', command: 'c' }, new AgentError('duplicate-id', 'no')),
  };
  fake.engine.submit = () => ({ type: 'job', id: 'x', accepted: Promise.resolve(refused) });
  expect(await client.call('fake.job')).toMatchObject({ refused: true, code: 409 });
  expect(client.frames.some(({ type }) => type === 'accepted')).toBe(false);
});
