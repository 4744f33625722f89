import { describe, expect, test } from 'vitest';
import { BEARER_SUBPROTOCOL_PREFIX } from '../../src/protocol/version.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';
import { http } from './http-client.ts';
import { frame, RawSocket, target, TEXT, upgradeRequest } from './raw-socket.ts';
import { startFakeServer } from './start-fake-server.ts';
import type { FakeServer } from './start-fake-server.ts';
import { refusedUpgrade, WireClient } from './wire-client.ts';

const ping = frame(TEXT, '{"command":"core.ping","ref":"early"}');

/** What a server answers to a request written by hand; the connection must end after a refusal. */
async function answerTo(fake: FakeServer, request: string): Promise<string> {
  await using raw = new RawSocket(target(fake.url));
  raw.write(request);
  const head = await raw.responded();
  if (!head.startsWith('HTTP/1.1 101')) await within(20_000, 'the connection to end', raw.closed);
  return head.split('\r\n')[0] ?? '';
}

describe('an upgrade', () => {
  test('is for `/v1` alone', async () => {
    await using fake = await startFakeServer();
    for (const path of ['/', '/v2', '/v1/', '/V1', '//v1', '/v1%20', '/healthz', '/../v1']) {
      const head = await answerTo(fake, upgradeRequest(path, fake.authorization));
      expect(head).toMatch(/^HTTP\/1\.1 404/);
    }
    expect(await answerTo(fake, upgradeRequest('/v1?harmless=1', fake.authorization))).toMatch(/^HTTP\/1\.1 101/);
  });

  test.each([
    ['no key', { 'sec-websocket-key': undefined }],
    ['a short key', { 'sec-websocket-key': 'AAAA' }],
    ['no version', { 'sec-websocket-version': undefined }],
    ['version 12', { 'sec-websocket-version': '12' }],
    ['a malformed list of subprotocols', { 'sec-websocket-protocol': 'corex.v1, (, corex.v1' }],
    ['a subprotocol twice', { 'sec-websocket-protocol': 'corex.v1, corex.v1' }],
    ['a body', { 'content-length': '10' }],
    ['an empty body', { 'content-length': '0' }],
    ['a chunked body', { 'transfer-encoding': 'chunked' }],
    ['a body of two lengths', { 'content-length': '0\r\ncontent-length: 5' }],
  ])('with %s is refused with 400 (WS-14)', async (_what, headers) => {
    await using fake = await startFakeServer();
    expect(await answerTo(fake, upgradeRequest('/v1', { ...fake.authorization, ...headers }))).toMatch(
      /^HTTP\/1\.1 400/,
    );
  });

  test('by another method than GET is refused', async () => {
    await using fake = await startFakeServer();
    const request = upgradeRequest('/v1', fake.authorization).replace('GET', 'PUT');
    expect(await answerTo(fake, request)).toMatch(/^HTTP\/1\.1 400/);
  });

  test('may ask for no subprotocol, or for ours among others', async () => {
    await using fake = await startFakeServer();
    const headers = fake.authorization;
    await using none = await WireClient.open(fake.url, { headers });
    expect(none.ws.protocol).toBe('');
    await using some = await WireClient.open(fake.url, { headers, protocols: ['other', 'corex.v1'] });
    expect(some.ws.protocol).toBe('corex.v1');
  });

  test('that asks for other subprotocols only is refused with 400', async () => {
    await using fake = await startFakeServer();
    const bearer = `${BEARER_SUBPROTOCOL_PREFIX}${Buffer.from(fake.token).toString('base64url')}`;
    for (const protocols of [['other'], ['corex.v2'], [bearer]]) {
      const refusal = await refusedUpgrade(fake.url, { headers: fake.authorization, protocols });
      expect(refusal).toMatchObject({ status: 400 });
    }
  });

  test('that offers compression does not get it (WS-13)', async () => {
    await using fake = await startFakeServer();
    const offer = 'permessage-deflate; client_max_window_bits, x-webkit-deflate-frame';
    await using raw = await RawSocket.upgrade(fake.url, { ...fake.authorization, 'sec-websocket-extensions': offer });
    expect(raw.responseHead).toMatch(/^HTTP\/1\.1 101/);
    expect(raw.responseHead?.toLowerCase()).not.toContain('sec-websocket-extensions');
  });

  test('with frames glued to it loses none of them (WS-14)', async () => {
    await using fake = await startFakeServer();
    await using raw = await RawSocket.upgrade(fake.url, fake.authorization, ping);
    await until('the call was answered', () => raw.frames.some(({ payload }) => payload.includes('"ref":"early"')));
  });

  test('refused with frames glued to it runs none of them', async () => {
    await using fake = await startFakeServer();
    const kill = frame(TEXT, '{"command":"job.kill","arguments":{"id":"x"}}');
    await using raw = await RawSocket.upgrade(fake.url, {}, kill);
    expect(raw.responseHead).toMatch(/^HTTP\/1\.1 401/);
    await within(20_000, 'the connection to end', raw.closed);
    expect(fake.engine.kills).toEqual([]);
  });

  test('to HTTP/2 is ignored, and the request answered as it stands (WS-14)', async () => {
    await using fake = await startFakeServer();
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' };
    expect(await http(fake.url, '/healthz', { headers })).toMatchObject({ status: 200, json: { status: 'ok' } });
    expect((await http(fake.url, '/v1', { headers })).status).toBe(426);
  });

  test('by a peer that resets the connection at once does no harm (WS-15)', async () => {
    await using fake = await startFakeServer();
    for (let count = 0; count < 50; count += 1) {
      await using raw = new RawSocket(target(fake.url));
      raw.write(upgradeRequest('/v1', count % 2 === 0 ? fake.authorization : {}));
      if (count % 3 === 0) await raw.responded();
      raw.socket.resetAndDestroy();
    }
    await until('all are gone', () => fake.server.stats().connections === 0);
    await using client = await fake.connect();
    expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  });
});

describe('what is not HTTP', () => {
  test.each([
    ['junk', 'junk\r\n\r\n', 400],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a TLS hello', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003', 400],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
    ['two lengths', 'POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    [
      'length and chunks',
      'POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['a header folded', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\nY : c\r\n\r\n', 400],
    ['headers beyond 16 KiB', `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
  ])('%s is refused and cut off (WS-14, SEC-20)', async (_what, request, status) => {
    await using fake = await startFakeServer();
    expect(await answerTo(fake, request)).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)}`));
    expect((await http(fake.url, '/healthz')).status).toBe(200);
  });
});
