import { describe, expect, test } from 'vitest';
import { bearerSubprotocols } from '../../src/channel/bearer-subprotocol.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { http } from './http-client.ts';
import { startFakeServer } from './start-fake-server.ts';
import { refusedUpgrade, WireClient } from './wire-client.ts';

describe('the token', () => {
  test('is taken from the Authorization header (SEC-7)', async () => {
    await using fake = await startFakeServer();
    for (const Authorization of [`Bearer ${fake.token}`, `bearer ${fake.token}`, `BEARER   ${fake.token}`]) {
      await using client = await WireClient.open(fake.url, { headers: { Authorization } });
      expect(client.ws.protocol).toBe('');
    }
  });

  test('is taken from the subprotocols, which are not echoed (SEC-7)', async () => {
    await using fake = await startFakeServer();
    await using client = await WireClient.open(fake.url, { protocols: bearerSubprotocols(fake.token) });
    expect(client.ws.protocol).toBe('corex.v1');
  });

  test('is asked for on loopback, too, and missing and wrong ones get the same answer (SEC-3, SEC-8)', async () => {
    await using fake = await startFakeServer();
    const missing = await refusedUpgrade(fake.url);
    const wrong = await refusedUpgrade(fake.url, { headers: { Authorization: 'Bearer wrong' } });
    const malformed = await refusedUpgrade(fake.url, { headers: { Authorization: `Basic ${fake.token}` } });
    const hidden = await refusedUpgrade(fake.url, { protocols: bearerSubprotocols('wrong') });
    expect(missing.status).toBe(401);
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="corex"');
    expect(JSON.parse(missing.body)).toMatchObject({ error: { code: 'unauthorized' } });
    expect([wrong, malformed, hidden].map(({ status, body }) => [status, body])).toEqual(
      Array.from({ length: 3 }, () => [401, missing.body]),
    );
    expect(fake.server.stats()).toMatchObject({ sessions: 0, admitted: 0, refused: 4 });
  });

  test('in a URL is refused, right or wrong (SEC-7)', async () => {
    await using fake = await startFakeServer();
    for (const name of ['token', 'access_token', 'bearer', 'auth', 'authorization']) {
      const url = `${fake.url}/v1?a=b&${name}=${fake.token}`;
      const refusal = await refusedUpgrade(url, { headers: fake.authorization });
      expect(refusal).toMatchObject({ status: 400 });
      expect(refusal.body).not.toContain(fake.token);
      expect((await http(fake.url, `/metrics?${name}=${fake.token}`)).status).toBe(400);
    }
  });

  test('that was replaced lets nobody in any more', async () => {
    await using fake = await startFakeServer();
    fake.authenticator.replace('another');
    expect(await refusedUpgrade(fake.url, { headers: fake.authorization })).toMatchObject({ status: 401 });
    await using client = await WireClient.open(fake.url, { headers: { Authorization: 'Bearer another' } });
    expect(client.frames).toHaveLength(1);
  });

  test('is not asked for on a unix socket, whose mode decides', async () => {
    await using directory = tempDir();
    await using fake = await startFakeServer({ listeners: [{ url: `unix:${directory.at('s')}` }] });
    for (const Authorization of ['Bearer wrong', '']) {
      await using client = await WireClient.open(fake.url, { headers: { Authorization } });
      expect(client.frames).toHaveLength(1);
    }
  });
});

describe('too many failures from one address', () => {
  test('get 429 with Retry-After after five a minute, on every path; the right token is let in all the same (SEC-8)', async () => {
    const clock = new FakeClock();
    await using fake = await startFakeServer({ clock });
    const fail = () => refusedUpgrade(fake.url, { headers: { Authorization: 'Bearer wrong' } });
    for (let count = 0; count < 4; count += 1) expect(await fail()).toMatchObject({ status: 401 });
    expect((await http(fake.url, '/metrics')).status).toBe(401);
    await clock.advance(10_000);
    expect(await fail()).toMatchObject({ status: 429, headers: { 'retry-after': '50' } });
    expect(await http(fake.url, '/metrics')).toMatchObject({ status: 429, headers: { 'retry-after': '50' } });
    await using client = await fake.connect();
    expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
    await clock.advance(50_000);
    expect(await fail()).toMatchObject({ status: 401 });
  });
});

describe('a web page', () => {
  test.each(['https://evil.example', 'http://127.0.0.1:7411', 'http://localhost', 'null', 'https://good.example.evil'])(
    'of origin %s is refused with a right token, on loopback, too (SEC-16)',
    async (origin) => {
      await using fake = await startFakeServer({ origins: ['https://good.example', 'null'] });
      const refusal = await refusedUpgrade(fake.url, { headers: { ...fake.authorization, origin } });
      expect(refusal).toMatchObject({ status: 403 });
      expect((await http(fake.url, '/healthz', { headers: { origin } })).status).toBe(403);
    },
  );

  test('of an origin on the list is let in', async () => {
    await using fake = await startFakeServer({ origins: ['https://good.example'] });
    const headers = { ...fake.authorization, origin: 'https://good.example' };
    await using client = await WireClient.open(fake.url, { headers });
    expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  });

  test('is refused on a unix socket behind a proxy, too', async () => {
    await using directory = tempDir();
    await using fake = await startFakeServer({ listeners: [{ url: `unix:${directory.at('s')}` }] });
    expect(await refusedUpgrade(fake.url, { headers: { origin: 'https://evil.example' } })).toMatchObject({
      status: 403,
    });
  });

  test('whose name was pointed at us is refused by its Host (SEC-17)', async () => {
    await using fake = await startFakeServer({ hosts: ['Builder.lan'] });
    for (const host of ['evil.example', 'evil.example:7411', '192.0.2.1']) {
      const refusal = await refusedUpgrade(fake.url, { headers: { ...fake.authorization, host } });
      expect(refusal.status).toBe(403);
      expect((await http(fake.url, '/healthz', { headers: { host } })).status).toBe(403);
    }
    for (const host of ['localhost:1', '127.0.0.1', '[::1]:7411', 'builder.lan:7411']) {
      await using client = await WireClient.open(fake.url, { headers: { ...fake.authorization, host } });
      expect(client.frames).toHaveLength(1);
    }
  });

  test('gets no leave to read an answer (SEC-18)', async () => {
    await using fake = await startFakeServer({ origins: ['https://good.example'] });
    const headers = { origin: 'https://good.example', 'access-control-request-method': 'POST' };
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await http(fake.url, '/healthz', { method, headers });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});
