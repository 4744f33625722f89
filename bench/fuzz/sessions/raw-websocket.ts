import { BINARY, CLOSE, CONTINUATION, frame, PING, PONG, RawSocket, TEXT } from '../../../test/server/raw-socket.ts';
import type { Random } from '../random.ts';
import type { Session } from '../world.ts';

const OPCODES = [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG];

/** WebSocket frames made by hand after a good handshake: fragments, lies about lengths, reserved bits, plain bytes. */
export const rawWebSocket: Session = async (world, random) => {
  const pieces = random.list(random.between(1, 60), () => piece(random));
  const isUnix = random.chance(0.5);
  const url = isUnix ? `unix:${world.socketPath}` : world.tcpUrl;
  await using raw = await RawSocket.upgrade(url, isUnix ? {} : { authorization: `Bearer ${world.token}` });
  for (const part of pieces) {
    world.sent += 1;
    if (raw.socket.destroyed) break;
    raw.write(part);
    if (random.chance(0.2)) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (random.chance(0.5)) raw.socket.end();
  // Half the time it is cut in the middle of whatever is on its way.
  if (random.chance(0.5)) await Promise.race([raw.closed, new Promise((resolve) => setTimeout(resolve, 200))]);
};

function piece(random: Random): Buffer {
  return random.weighted<() => Buffer>([
    [6, () => frame(TEXT, '{"command":"core.ping"}')],
    [4, () => strangeFrame(random)],
    [3, () => fragments(random)],
    [1, () => random.bytes(random.below(100))],
    [1, () => frame(PING, random.bytes(random.below(140)))],
    [1, () => frame(TEXT, 'x', { lengthBytes: 8, claim: random.pick([0n, 2n ** 31n, 2n ** 53n, 2n ** 64n - 1n]) })],
  ])();
}

function strangeFrame(random: Random): Buffer {
  return frame(random.chance(0.8) ? random.pick(OPCODES) : random.below(16), random.bytes(random.below(200)), {
    fin: random.chance(0.8),
    rsv: random.chance(0.9) ? 0 : random.below(8),
    masked: random.chance(0.95),
    lengthBytes: random.pick([2, 8]),
  });
}

/** One command in many fragments, with control frames between them. */
function fragments(random: Random): Buffer {
  const text = '{"command":"core.ping","arguments":{}}';
  const count = random.pick([2, 5, 38, 1200]);
  const parts = Array.from({ length: count }, (_, at) => {
    const slice = text.slice(Math.floor((at * text.length) / count), Math.floor(((at + 1) * text.length) / count));
    const part = frame(at === 0 ? TEXT : CONTINUATION, slice, { fin: at === count - 1 });
    return random.chance(0.1) ? Buffer.concat([part, frame(PING, 'p')]) : part;
  });
  return Buffer.concat(parts);
}
