// Random frames and JSON against the socket: no crash, no lost connection that broke no rule, bounded memory. SEC-40.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { until } from '../harness/until.ts';
import { memoryInUse } from '../harness/memory-in-use.ts';
import { frame, RawSocket, target, TEXT, upgradeRequest } from './raw-socket.ts';
import { startFakeServer } from './start-fake-server.ts';

/** Rounds of each kind; `COREX_FUZZ_ROUNDS` makes a long run of it. */
const rounds = Number(process.env['COREX_FUZZ_ROUNDS'] ?? 150);
const seed = Number(process.env['COREX_FUZZ_SEED'] ?? Date.now() % 2 ** 31);

const word = fc.constantFrom('command', 'id', 'ref', 'arguments', 'stream', 'max_time', 'handle', 'from', '__proto__');
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom('core.ping', 'fake.job', 'fake.echo', 'job.subscribe', 'job.stdin', 'job.kill', 'fake.throw', 'job'),
  fc.constantFrom(true, -1, 0, 1e308, Number.MAX_SAFE_INTEGER, '', '\u0000', '\ud800', 'x'.repeat(3000)),
);
const command = fc
  .dictionary(word, value, { maxKeys: 6, noNullPrototype: true })
  .map((object) => JSON.stringify(object));
const damaged = fc.tuple(command, fc.nat(), fc.string({ maxLength: 4 })).map(([text, at, junk]) => {
  const place = at % (text.length + 1);
  return text.slice(0, place) + junk + text.slice(place + (at % 3));
});

test(`random commands are all answered, and the connection lives (seed ${String(seed)})`, async () => {
  await using fake = await startFakeServer();
  fake.engine.job('job').sayLines('something');
  const before = memoryInUse();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(command, damaged), { minLength: 20, maxLength: 60 }), async (texts) => {
      await using client = await fake.connect();
      for (const text of texts) client.ws.send(text);
      await client.call('core.ping');
      const answers = client.frames.filter(({ type }) => ['accepted', 'result', 'error'].includes(type));
      expect(answers.length).toBeGreaterThanOrEqual(texts.length);
    }),
    { numRuns: Math.ceil(rounds / 3), seed },
  );
  await until('all is let go', () => fake.server.stats().sessions === 0);
  expect(fake.server.stats()).toMatchObject({ exchanges: 0, subscriptions: 0, stdins: 0 });
  expect(memoryInUse() - before).toBeLessThan(200 * 1024 * 1024);
});

test(`random binary frames never cost the connection (seed ${String(seed)})`, async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  for (let count = 0; count < 8; count += 1) await client.call('job.stdin', { id: 'job' });
  const header = fc.record({
    kind: fc.nat(4),
    handle: fc.nat(10),
    position: fc.nat(50),
    payload: fc.uint8Array({ maxLength: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(header, fc.uint8Array({ maxLength: 60 })), { maxLength: 50 }),
      async (frames) => {
        for (const one of frames) {
          if (one instanceof Uint8Array) client.ws.send(one);
          else client.ws.send(Buffer.concat([headerOf(one.kind, one.handle, one.position), one.payload]));
        }
        expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
        client.frames.length = 0;
      },
    ),
    { numRuns: rounds, seed },
  );
});

test(`random bytes after the handshake never do harm (seed ${String(seed)})`, async () => {
  await using fake = await startFakeServer();
  const shape = fc.record({
    fin: fc.boolean(),
    rsv: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(7)),
    masked: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
  });
  const made = fc
    .tuple(
      fc.oneof({ weight: 5, arbitrary: fc.constantFrom(0, 1, 2, 8, 9, 10) }, fc.nat(15)),
      fc.uint8Array({ maxLength: 200 }),
      shape,
    )
    .map(([opcode, payload, how]) => frame(opcode, Buffer.from(payload), how));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(made, fc.uint8Array({ maxLength: 100 })), { maxLength: 20 }), async (parts) => {
      await using raw = await RawSocket.upgrade(fake.url, fake.authorization, Buffer.concat(parts));
      raw.socket.end();
      await raw.closed;
    }),
    { numRuns: rounds, seed },
  );
  await using raw = await RawSocket.upgrade(fake.url, fake.authorization, frame(TEXT, '{"command":"core.ping"}'));
  await until('it is answered', () => raw.frames.length === 2);
  await until('the others are gone', () => fake.server.stats().sessions === 1);
});

test(`random requests never do harm (seed ${String(seed)})`, async () => {
  await using fake = await startFakeServer();
  const request = upgradeRequest('/v1', fake.authorization);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(request.length),
      fc.string({ maxLength: 30, unit: 'binary' }),
      fc.nat(40),
      async (at, junk, skip) => {
        await using raw = new RawSocket(target(fake.url));
        raw.socket.end(request.slice(0, at) + junk + request.slice(at + skip));
        await raw.closed;
      },
    ),
    { numRuns: rounds, seed },
  );
  await until('all are gone', () => fake.server.stats().connections === 0);
  await using client = await fake.connect();
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
});

function headerOf(kind: number, handle: number, position: number): Buffer {
  const header = Buffer.alloc(13);
  header[0] = kind;
  header.writeUInt32BE(handle, 1);
  header.writeBigUInt64BE(BigInt(position), 5);
  return header;
}
