// RFC 6455 by hand, over bare sockets: every rule a client can break, and what happens then. WS-1, WS-2.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';
import { memoryInUse } from '../harness/memory-in-use.ts';
import {
  BINARY,
  CLOSE,
  closeBody,
  CONTINUATION,
  frame,
  PING,
  PONG,
  RawSocket,
  target,
  TEXT,
  upgradeRequest,
  type FrameShape,
} from './raw-socket.ts';
import { startFakeServer, type FakeServer } from './start-fake-server.ts';

let fake: FakeServer;
beforeAll(async () => {
  fake = await startFakeServer();
});
afterAll(async () => {
  await fake[Symbol.asyncDispose]();
});

const open = (rest?: Buffer): Promise<RawSocket> => RawSocket.upgrade(fake.url, fake.authorization, rest);

const ping = (ref: number): Buffer => frame(TEXT, JSON.stringify({ command: 'core.ping', ref }));

/** Waits until the call with this ref is answered: the connection is alive and in order. */
async function answered(raw: RawSocket, ref: number): Promise<void> {
  await until('the call was answered', () => texts(raw).some((text) => isResult(text, ref)), { everyMs: 2 });
}

function isResult(text: string, ref: number): boolean {
  const { type, ref: own } = JSON.parse(text) as { type: string; ref?: number };
  return type === 'result' && own === ref;
}

function texts(raw: RawSocket): string[] {
  return raw.frames.filter(({ opcode }) => opcode === TEXT).map(({ payload }) => payload.toString());
}

/** The rule was broken: the server says so with this code, and the connection ends. The server lives. */
async function expectClosed(raw: RawSocket, code: number): Promise<void> {
  expect(await raw.closeFrame()).toMatchObject({ code });
  raw.socket.end();
  await within(20_000, 'the socket to close', raw.closed);
  await using other = await open(ping(1));
  await answered(other, 1);
}

describe('a frame that breaks the framing closes the connection with 1002', () => {
  const reserved = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
    (opcode) => [`reserved opcode ${String(opcode)}`, frame(opcode, 'x')] as const,
  );
  const rsv = [1, 2, 3, 4, 5, 6, 7].flatMap((bits) => [
    [`reserved bits ${String(bits)} on text`, frame(TEXT, 'x', { rsv: bits })] as const,
    [`reserved bits ${String(bits)} on a ping`, frame(PING, 'x', { rsv: bits })] as const,
  ]);
  test.each([
    ...reserved,
    ...rsv,
    ['unmasked text', frame(TEXT, '{}', { masked: false })],
    ['unmasked ping', frame(PING, '', { masked: false })],
    ['unmasked close', frame(CLOSE, closeBody(1000), { masked: false })],
    ['a fragmented ping', frame(PING, 'x', { fin: false })],
    ['a fragmented pong', frame(PONG, 'x', { fin: false })],
    ['a fragmented close', frame(CLOSE, closeBody(1000), { fin: false })],
    ['a ping of 126 bytes', frame(PING, 'x'.repeat(126))],
    ['a pong of 126 bytes', frame(PONG, 'x'.repeat(126))],
    ['a close of 126 bytes', frame(CLOSE, closeBody(1000, 'x'.repeat(124)))],
    ['a ping with a 64-bit length', frame(PING, '', { lengthBytes: 8, claim: 200n })],
    ['a continuation of nothing', frame(CONTINUATION, 'x')],
    ['a continuation of nothing, not final', frame(CONTINUATION, 'x', { fin: false })],
    ['a continuation after a whole message', Buffer.concat([ping(1), frame(CONTINUATION, 'x')])],
    ['text within a fragmented text', Buffer.concat([frame(TEXT, 'a', { fin: false }), frame(TEXT, 'b')])],
    ['binary within a fragmented text', Buffer.concat([frame(TEXT, 'a', { fin: false }), frame(BINARY, 'b')])],
    ['a close with a 1-byte body', frame(CLOSE, Buffer.from([3]))],
  ] as (readonly [string, Buffer])[])('%s', async (_what, bytes) => {
    await using raw = await open(bytes);
    await expectClosed(raw, 1002);
  });

  test.each([0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])('a close with code %d', async (code) => {
    await using raw = await open(frame(CLOSE, closeBody(code)));
    await expectClosed(raw, 1002);
  });
});

describe('text that is not UTF-8 closes the connection with 1007', () => {
  const bad = Buffer.from([0x22, 0xce, 0xba, 0xed, 0xa0, 0x80, 0x22]);
  const cut = Buffer.from([0x22, 0xf0, 0x9f, 0x98]);
  test.each([
    ['in one frame', frame(TEXT, bad)],
    ['ending within a character', frame(TEXT, cut)],
    ['with an overlong form', frame(TEXT, Buffer.from([0xc0, 0xaf]))],
    ['above the last character', frame(TEXT, Buffer.from([0xf4, 0x90, 0x80, 0x80]))],
    [
      'split over fragments',
      Buffer.concat([frame(TEXT, bad.subarray(0, 4), { fin: false }), frame(CONTINUATION, bad.subarray(4))]),
    ],
    ['in the reason of a close', frame(CLOSE, closeBody(1000, Buffer.from([0xff])))],
  ] as (readonly [string, Buffer])[])('%s', async (_what, bytes) => {
    await using raw = await open(bytes);
    await expectClosed(raw, 1007);
  });

  test('split over two writes', async () => {
    await using raw = await open();
    const bytes = frame(TEXT, bad);
    raw.write(bytes.subarray(0, 9));
    await turn();
    raw.write(bytes.subarray(9));
    await expectClosed(raw, 1007);
  });
});

describe('a message that is too large closes the connection with 1009', () => {
  const most = 1024 * 1024;
  test.each([
    ['one byte over', { claim: BigInt(most + 1) }],
    ['as large as a 64-bit length without its highest bits can tell', { claim: 2n ** 52n }],
    ['larger than a number can tell', { claim: 2n ** 62n }],
    ['with the highest bit of the length set', { claim: 2n ** 63n }],
  ] as (readonly [string, FrameShape])[])('%s, told before it is sent', async (_what, shape) => {
    await using raw = await open(frame(TEXT, '', { ...shape, lengthBytes: 8 }));
    await expectClosed(raw, 1009);
  });

  test('one byte over, in fragments', async () => {
    const half = Buffer.alloc(most / 2, 'x');
    await using raw = await open();
    raw.write(Buffer.concat([frame(TEXT, half, { fin: false }), frame(CONTINUATION, half, { fin: false })]));
    raw.write(frame(CONTINUATION, 'x'));
    await expectClosed(raw, 1009);
  });

  test('one byte over, sent whole: the server keeps little of it', async () => {
    await using raw = await open();
    const message = frame(TEXT, Buffer.alloc(most + 1, 'x'));
    const before = memoryInUse();
    raw.write(message);
    await expectClosed(raw, 1009);
    expect(memoryInUse() - before).toBeLessThan(8 * most);
  });

  test('exactly as large as allowed, it is read', async () => {
    const body = JSON.stringify({ command: 'core.ping', ref: 1 });
    await using raw = await open();
    raw.write(frame(TEXT, body.padEnd(most, ' ')));
    await answered(raw, 1);
  });
});

describe('fragments', () => {
  const body = JSON.stringify({ command: 'core.ping', ref: 1 });

  test('make one message, with pings between them answered at once', async () => {
    await using raw = await open(
      Buffer.concat([
        frame(TEXT, body.slice(0, 5), { fin: false }),
        frame(PING, 'between'),
        frame(CONTINUATION, '', { fin: false }),
        frame(CONTINUATION, body.slice(5)),
      ]),
    );
    await answered(raw, 1);
    const opcodes = raw.frames.map(({ opcode }) => opcode);
    expect(opcodes.indexOf(PONG)).toBeGreaterThan(-1);
    expect(raw.frames.find(({ opcode }) => opcode === PONG)?.payload.toString()).toBe('between');
  });

  test('may split a character', async () => {
    const text = Buffer.from(JSON.stringify({ command: 'fake.echo', ref: 1, arguments: { text: '€' } }));
    const at = text.indexOf('€') + 1;
    await using raw = await open(
      Buffer.concat([frame(TEXT, text.subarray(0, at), { fin: false }), frame(CONTINUATION, text.subarray(at))]),
    );
    await answered(raw, 1);
    expect(texts(raw).join('')).toContain('€');
  });

  test('beyond 1,024 of one message close the connection with 1008', async () => {
    await using raw = await open();
    raw.write(frame(TEXT, 'x', { fin: false }));
    raw.write(Buffer.concat(Array.from({ length: 1024 }, () => frame(CONTINUATION, 'x', { fin: false }))));
    await expectClosed(raw, 1008);
  });

  test('without content, 100,000 of them, close the connection and cost no memory', async () => {
    await using raw = await open();
    const empty = frame(CONTINUATION, '', { fin: false });
    const flood = Buffer.alloc(100_000 * empty.length, empty);
    const before = memoryInUse();
    raw.write(frame(TEXT, '', { fin: false }));
    raw.write(flood);
    await expectClosed(raw, 1008);
    expect(memoryInUse() - before).toBeLessThan(32 * 1024 * 1024);
  });
});

describe('control frames', () => {
  test.each(['', 'x', 'x'.repeat(125)])('a ping is answered with its own body', async (body) => {
    await using raw = await open(frame(PING, body));
    await until('the pong came', () =>
      raw.frames.some((one) => one.opcode === PONG && one.payload.toString() === body),
    );
  });

  test('an unsolicited pong is ignored', async () => {
    await using raw = await open(Buffer.concat([frame(PONG, 'nobody asked'), ping(1)]));
    await answered(raw, 1);
    expect(raw.frames.some(({ opcode }) => opcode === PONG || opcode === CLOSE)).toBe(false);
  });

  test('a flood of pings that is read is answered to the last', async () => {
    await using raw = await open();
    const flood = 20_000;
    for (let sent = 0; sent < flood; sent += 500) {
      raw.write(Buffer.concat(Array.from({ length: 500 }, () => frame(PING, 'p'))));
      await until('the pongs came', () => pongs(raw) === sent + 500, { everyMs: 1 });
    }
    raw.write(ping(1));
    await answered(raw, 1);
  });

  test('a flood of pings that is not read costs the connection, not the server', async () => {
    await using raw = await open();
    raw.socket.pause();
    const before = memoryInUse();
    const flood = Buffer.concat(Array.from({ length: 10_000 }, () => frame(PING, 'p'.repeat(125))));
    for (let round = 0; round < 20 && !raw.socket.destroyed; round += 1) raw.write(flood);
    await until('the server let go', () => fake.server.stats().sessions === 0);
    expect(memoryInUse() - before).toBeLessThan(64 * 1024 * 1024);
    await using other = await open(ping(1));
    await answered(other, 1);
  });

  test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
    'a close with code %d is echoed',
    async (code) => {
      await using raw = await open(frame(CLOSE, closeBody(code, 'bye')));
      await expectClosed(raw, code);
    },
  );

  test('a close without a body is echoed without one', async () => {
    await using raw = await open(frame(CLOSE));
    await expectClosed(raw, 1005);
  });

  test('what comes after a close is not read', async () => {
    await using raw = await open(
      Buffer.concat([frame(CLOSE, closeBody(1000)), frame(TEXT, '{"command":"job.kill","arguments":{"id":"late"}}')]),
    );
    await expectClosed(raw, 1000);
    expect(fake.engine.kills).not.toContain('late');
  });
});

describe('bytes one at a time', () => {
  test('are read as if they came together', async () => {
    const bytes = Buffer.concat([
      frame(PING, 'chopped'),
      frame(TEXT, '{"command":"core', { fin: false }),
      frame(CONTINUATION, '.ping","ref":1}'),
      frame(TEXT, JSON.stringify({ command: 'fake.echo', ref: 2, arguments: { pad: 'x'.repeat(200) } })),
    ]);
    await using raw = await open();
    await writeChopped(raw, bytes);
    await answered(raw, 1);
    await answered(raw, 2);
    await writeChopped(raw, frame(CLOSE, closeBody(1000, 'done')));
    await expectClosed(raw, 1000);
  });

  test('of the handshake and a frame glued to it are read, too', async () => {
    await using raw = new RawSocket(target(fake.url));
    const bytes = Buffer.concat([Buffer.from(upgradeRequest('/v1', fake.authorization)), ping(1)]);
    await writeChopped(raw, bytes);
    await answered(raw, 1);
  });

  test('of a message that never ends close the connection before they pile up', async () => {
    await using raw = await open(frame(TEXT, '', { claim: 100_000n, lengthBytes: 8 }));
    await writeChopped(raw, Buffer.alloc(20_000, 'x'));
    await until('the server let go', () => raw.socket.destroyed || raw.frames.some(({ opcode }) => opcode === CLOSE));
    await using other = await open(ping(1));
    await answered(other, 1);
  });
});

test('a peer that resets the connection in the middle of a frame does no harm', async () => {
  await using raw = await open(frame(TEXT, '{"command"', { claim: 100n }));
  raw.socket.resetAndDestroy();
  await until('the session is gone', () => fake.server.stats().sessions === 0);
  await using other = await open(ping(1));
  await answered(other, 1);
});

function pongs(raw: RawSocket): number {
  return raw.frames.filter(({ opcode }) => opcode === PONG).length;
}

/** Each byte in a packet of its own: the loop turns in between, so the server reads it before the next comes. */
async function writeChopped(raw: RawSocket, bytes: Buffer): Promise<void> {
  raw.socket.setNoDelay(true);
  for (const byte of bytes) {
    if (!raw.socket.writable) return;
    raw.write(Buffer.from([byte]));
    await turn();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
