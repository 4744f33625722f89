import { RawSocket, target, upgradeRequest } from '../../../test/server/raw-socket.ts';
import { junkText } from '../junk.ts';
import type { Random } from '../random.ts';
import type { Session, World } from '../world.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE', 'PRI', 'get', ''];
const PATHS = [
  '/',
  '/v1',
  '/healthz',
  '/readyz',
  '/metrics',
  '/v1/../metrics',
  '//',
  '*',
  '/%00',
  '/?a=b',
  'http://x/',
];

/** HTTP requests, most of them wrong, several on one connection, some never finished. */
export const rawHttp: Session = async (world, random) => {
  for (let visits = random.between(1, 8); visits > 0; visits -= 1) {
    const text = random.list(random.between(1, 5), () => request(world, random)).join('');
    const isUnix = random.chance(0.5);
    const [isWhole, waits] = [random.chance(0.8), random.chance(0.7)];
    const cut = random.below(text.length + 1);
    await using raw = new RawSocket(target(isUnix ? `unix:${world.socketPath}` : world.tcpUrl));
    world.sent += 1;
    raw.write(Buffer.from(isWhole ? text : text.slice(0, cut), 'latin1'));
    if (waits) await Promise.race([raw.closed, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
};

function request(world: World, random: Random): string {
  const headers: Record<string, string | undefined> = {
    host: random.pick(['127.0.0.1', '127.0.0.1', 'evil.example', '', 'a'.repeat(300)]),
    authorization: random.pick([undefined, `Bearer ${world.token}`, 'Bearer x', 'Basic eDp5', '']),
    origin: random.pick([undefined, undefined, 'http://evil.example', 'null']),
    'content-length': random.pick([undefined, undefined, '0', '5', '-1', '99999999999', 'x']),
    'transfer-encoding': random.pick([undefined, undefined, 'chunked', 'gzip']),
    [`x-${random.below(10)}`]: 'h'.repeat(random.pick([1, 100, 20_000])),
  };
  return random.weighted<() => string>([
    [2, () => upgradeRequest(random.pick(PATHS), headers)],
    [4, () => plainRequest(random.pick(METHODS), random.pick(PATHS), headers)],
    [1, () => damagedUpgrade(random, headers)],
    [1, () => junkText(random)],
    [1, () => plainRequest('GET', '/healthz', { ...many(random), host: '127.0.0.1' })],
  ])();
}

function plainRequest(method: string, path: string, headers: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(headers).map(([name, value]) => (value === undefined ? '' : `${name}: ${value}\r\n`));
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function damagedUpgrade(random: Random, headers: Readonly<Record<string, string | undefined>>): string {
  return upgradeRequest('/v1', {
    ...headers,
    'sec-websocket-version': random.pick(['12', '13', '', 'x']),
    'sec-websocket-key': random.pick(['', 'short', 'dGhlIHNhbXBsZSBub25jZQ==']),
    'sec-websocket-protocol': random.pick([undefined, 'corex.v1', 'corex.v1, corex.bearer.x', ',', 'corex.bearer.']),
    'sec-websocket-extensions': random.pick([undefined, 'permessage-deflate', 'x; y=', ';']),
  });
}

function many(random: Random): Record<string, string> {
  return Object.fromEntries(Array.from({ length: random.pick([10, 150, 2000]) }, (_, at) => [`h${at}`, 'v']));
}
