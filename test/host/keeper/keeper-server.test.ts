import { describe, expect, test } from 'vitest';

import { InProcessLauncher } from '../../../src/host/in-process/in-process-launcher.ts';
import { KeeperServer } from '../../../src/host/keeper/keeper-server.ts';
import { ASK, type KeeperHello, type RunNews, TELL } from '../../../src/host/keeper/protocol.ts';
import { readSlice } from '../../../src/host/keeper/slice-codec.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';
import { RawAgent } from './raw-agent.ts';
import { runKey } from '../../harness/run-key.ts';

class Served implements AsyncDisposable {
  readonly directory = tempDir();
  readonly path = this.directory.at('k.sock');
  readonly log: string[] = [];
  readonly launcher = new InProcessLauncher();
  leaves = 0;
  /** What is done before anybody is answered. */
  onClaimed: () => Promise<void> = () => Promise.resolve();
  readonly server = new KeeperServer({
    launcher: this.launcher,
    socketPath: this.path,
    version: '1.0.0',
    log: (line) => this.log.push(line),
    onClaimed: () => this.onClaimed(),
    onLeave: () => {
      this.leaves += 1;
    },
    onChange: () => undefined,
  });

  static async start(): Promise<Served> {
    const served = new Served();
    await served.server.start();
    return served;
  }

  spec(script: string, stdin = 'none'): object {
    return {
      program: '/bin/sh',
      args: ['-c', script],
      env: {},
      cwd: '/',
      stdin,
      keep: false,
      drainMs: 300,
      output: { directory: this.directory.at('out'), start: 0, keepBytes: 64 * 1024 ** 2, memoryBytes: 64 * 1024 },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    await this.launcher.close();
    await this.directory[Symbol.asyncDispose]();
  }
}

describe('KeeperServer', () => {
  test('says hello: who it is, what it can, how much it keeps', async () => {
    await using served = await Served.start();
    using agent = await RawAgent.connect(served.path);
    agent.hello();
    const hello = await until('it says hello', () => agent.received.find(({ kind }) => kind === TELL.hello));
    expect(hello.value as KeeperHello).toMatchObject({
      protocol: 1,
      oldest: 1,
      version: '1.0.0',
      pid: process.pid,
      runs: 0,
      abilities: served.launcher.abilities,
    });
  });

  test('answers nobody before it has said where it is', async () => {
    await using served = new Served();
    const said = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<undefined>();
    served.onClaimed = async () => {
      using early = await RawAgent.connect(served.path);
      early.hello();
      asked.resolve(undefined);
      await said.promise;
      expect(early.received).toEqual([]);
    };
    const started = served.server.start();
    await asked.promise;
    using agent = await RawAgent.connect(served.path);
    agent.hello();
    said.resolve(undefined);
    await started;
    await until('it says hello', () => agent.received.find(({ kind }) => kind === TELL.hello));
  });

  test('tells a short run in two frames: the answer, and its end with all it said', async () => {
    await using served = await Served.start();
    using agent = await RawAgent.open(served.path, 1);
    agent.send(ASK.spawn, 2, { key: runKey('a'), spec: served.spec('cat; exit 3', 'bytes') }, [Buffer.from('said')]);
    expect(await agent.answer(2)).toMatchObject({ value: { type: 'started' } });
    const news = (): RunNews[] => agent.news(runKey('a')).map(({ value }) => value as RunNews);
    await until('its end is told', () => news().some(({ exit }) => exit !== undefined));
    const last = agent.news(runKey('a')).at(-1);
    const { end, exit } = last?.value as RunNews;
    expect({ end, exit: exit?.exit }).toEqual({ end: 4, exit: { code: 3 } });
    const said = agent.news(runKey('a')).flatMap(({ value, bytes }) => {
      const { early } = value as RunNews;
      return early === undefined ? [] : readSlice(early, bytes).items;
    });
    expect(said.map((item) => item.type)).toEqual(['run', 'bytes']);
    agent.send(ASK.forget, 0, { keys: [runKey('a')] });
    await until('it is forgotten', () => served.server.table.size === 0);
  });

  test('drops the agent that a newer one follows, and refuses one that is older', async () => {
    await using served = await Served.start();
    using first = await RawAgent.open(served.path, 3, 'first');
    using second = await RawAgent.open(served.path, 4, 'second');
    await first.closed();
    using third = await RawAgent.open(served.path, 3, 'third');
    expect((await third.answer(1)).kind).toBe(TELL.failed);
    using same = await RawAgent.open(served.path, 4, 'another');
    expect((await same.answer(1)).kind).toBe(TELL.failed);
    expect(second.isClosed).toBe(false);
    using again = await RawAgent.open(served.path, 4, 'second');
    expect((await again.answer(1)).kind).toBe(TELL.answer);
    await second.closed();
  });

  test('carries nothing out for one that does not own it', async () => {
    await using served = await Served.start();
    using agent = await RawAgent.connect(served.path);
    agent.hello();
    agent.send(ASK.spawn, 2, { key: runKey('a'), spec: served.spec('true') });
    await agent.closed();
    expect(served.server.table.size).toBe(0);
    expect(served.log.at(-1)).toContain('does not own the keeper');
  });

  test.each<[string, (agent: RawAgent) => void]>([
    ['bytes that are no frame', (agent) => agent.socket.write('GET / HTTP/1.1\r\n\r\n')],
    ['a frame longer than any', (agent) => agent.socket.write(Buffer.from('ffffffff0100000000000000', 'hex'))],
    ['a kind that is unknown', (agent) => agent.send(200, 2, {})],
    ['text that is not JSON', (agent) => agent.socket.write(Buffer.from('0000000a0400000002000000017b', 'hex'))],
    [
      'a request of another shape',
      (agent) => agent.send(ASK.stop, 2, { key: runKey('a'), reason: 'boredom', graceMs: 1 }),
    ],
    ['a spec that is none', (agent) => agent.send(ASK.spawn, 2, { key: runKey('b'), spec: { program: 5 } })],
    ['a key that is none', (agent) => agent.send(ASK.signal, 2, { key: '../../x', signal: 'SIGTERM' })],
  ])('closes a connection that sends %s, and goes on with its runs', async (_what, misbehave) => {
    await using served = await Served.start();
    using agent = await RawAgent.open(served.path, 1);
    agent.send(ASK.spawn, 7, { key: runKey('a'), spec: served.spec('sleep 60') });
    await agent.answer(7);
    misbehave(agent);
    await agent.closed();
    expect(served.log.some((line) => line.startsWith('A connection is closed'))).toBe(true);
    using next = await RawAgent.open(served.path, 2);
    expect(next.received.find(({ kind }) => kind === TELL.runs)?.value).toMatchObject([{ key: runKey('a') }]);
  });

  test('queues little for an agent that reads nothing, however much happens, and tells it all once it reads', async () => {
    await using served = await Served.start();
    using agent = await RawAgent.open(served.path, 1);
    const keys = Array.from({ length: 20 }, (_, index) => runKey(`job${index}`));
    for (const [index, key] of keys.entries()) {
      agent.send(ASK.spawn, index + 10, { key, spec: served.spec('read go; seq 20000; exit 4', 'stream') });
    }
    await agent.answer(29);
    agent.socket.pause();
    for (const [index, key] of keys.entries()) {
      agent.send(ASK.writeStdin, index + 100, { key, offset: 0 }, [Buffer.from('\n')]);
    }
    // Far more than is answered before somebody takes it.
    for (let read = 0; read < 2_000; read += 1) {
      agent.send(ASK.read, 1_000 + read, { key: runKey('job0'), from: 0, maxBytes: 1_000_000 });
    }
    await until('all have ended', () => served.server.table.live === 0);
    const outgoing = served.server.waiting;
    expect(outgoing).toBeLessThan(16 * 1024 * 1024);
    agent.socket.resume();
    await until('all ends are told', () =>
      keys.every((key) => agent.news(key).some(({ value }) => (value as RunNews).exit !== undefined)),
    );
    await agent.answer(2_999);
    for (const key of keys) {
      const ends = agent.news(key).filter(({ value }) => (value as RunNews).exit !== undefined);
      expect(ends).toHaveLength(1);
      expect((ends[0]?.value as RunNews).end).toBe(108_894);
    }
  });

  test('leaves only when it has nothing to keep', async () => {
    await using served = await Served.start();
    using agent = await RawAgent.open(served.path, 1);
    agent.send(ASK.spawn, 2, { key: runKey('a'), spec: served.spec('sleep 60') });
    await agent.answer(2);
    agent.send(ASK.leave, 3, null);
    await agent.answer(3);
    expect(served.leaves).toBe(0);
    agent.send(ASK.stop, 4, { key: runKey('a'), reason: 'killed', graceMs: 0 });
    agent.send(ASK.forget, 0, { keys: [runKey('a')] });
    await until('it is forgotten', () => served.server.table.size === 0);
    agent.send(ASK.leave, 5, null);
    await until('it leaves', () => served.leaves === 1);
  });
});
