import { expect, test } from 'vitest';
import { tempDir } from '../harness/temp-dir.ts';
import { http } from './http-client.ts';
import { RawSocket, target } from './raw-socket.ts';
import { startFakeServer } from './start-fake-server.ts';

test('`/healthz` says that the process is alive, to anybody', async () => {
  await using fake = await startFakeServer({ ready: () => ({ ready: false, reasons: ['starting'] }) });
  expect(await http(fake.url, '/healthz')).toMatchObject({ status: 200, json: { status: 'ok' } });
});

test('`/readyz` says 200 only while commands are accepted, and otherwise why not', async () => {
  let reasons: string[] = ['the store is not open', 'the keeper does not answer'];
  await using fake = await startFakeServer({ ready: () => ({ ready: reasons.length === 0, reasons }) });
  expect(await http(fake.url, '/readyz')).toMatchObject({ status: 503, json: { ready: false, reasons } });
  reasons = [];
  expect(await http(fake.url, '/readyz')).toMatchObject({ status: 200, json: { ready: true, reasons: [] } });
});

test('`/metrics` is Prometheus text, and needs the token on TCP', async () => {
  await using fake = await startFakeServer();
  expect((await http(fake.url, '/metrics')).status).toBe(401);
  expect(await http(fake.url, '/metrics', { headers: { ...fake.authorization } })).toMatchObject({
    status: 200,
    text: 'corex_up 1\n',
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
  });
});

test('`/metrics` needs no token on a unix socket', async () => {
  await using directory = tempDir();
  await using fake = await startFakeServer({ listeners: [{ url: `unix:${directory.at('s')}` }] });
  expect(await http(fake.url, '/metrics')).toMatchObject({ status: 200, text: 'corex_up 1\n' });
});

test.each(['/', '/metrics/', '/healthz/x', '/favicon.ico', '/../etc/passwd', '/%2e%2e/', '/HEALTHZ'])(
  '%s is 404 with a JSON body',
  async (path) => {
    await using fake = await startFakeServer();
    const answer = await http(fake.url, path, { headers: { ...fake.authorization } });
    expect(answer).toMatchObject({ status: 404, json: { error: { code: 'unknown-command' } } });
  },
);

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])('%s is 405 with a JSON body', async (method) => {
  await using fake = await startFakeServer();
  const answer = await http(fake.url, '/healthz', { method });
  expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' }, json: { error: {} } });
});

test('HEAD is answered without a body', async () => {
  await using fake = await startFakeServer();
  expect(await http(fake.url, '/readyz', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
});

test('`/v1` without an upgrade is 426', async () => {
  await using fake = await startFakeServer();
  expect(await http(fake.url, '/v1')).toMatchObject({ status: 426, headers: { upgrade: 'websocket' } });
});

test('every answer forbids caching and guessing', async () => {
  await using fake = await startFakeServer();
  for (const path of ['/healthz', '/readyz', '/metrics', '/nowhere', '/v1']) {
    const { headers } = await http(fake.url, path);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(headers['x-powered-by'] ?? headers['server']).toBeUndefined();
  }
});

test('a source that throws is answered with 500, and tells nothing of why', async () => {
  await using fake = await startFakeServer({
    metrics: async () => {
      throw new Error('secret reason');
    },
    ready: () => {
      throw new Error('secret reason');
    },
  });
  for (const path of ['/metrics', '/readyz']) {
    const answer = await http(fake.url, path, { headers: { ...fake.authorization } });
    expect(answer).toMatchObject({ status: 500, json: { error: { code: 'internal' } } });
    expect(answer.text).not.toContain('secret');
  }
});

test('a body nobody asked for is not waited for', async () => {
  await using fake = await startFakeServer();
  await using raw = new RawSocket(target(fake.url));
  raw.write('POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nstart');
  expect(await raw.responded()).toMatch(/^HTTP\/1\.1 405/);
  expect((await http(fake.url, '/healthz')).status).toBe(200);
});

test('requests one after another on a connection are answered in order', async () => {
  await using fake = await startFakeServer();
  await using raw = new RawSocket(target(fake.url));
  raw.write(
    'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  );
  await raw.closed;
  const statuses = [...`${raw.responseHead ?? ''}${raw.body.toString()}`.matchAll(/HTTP\/1\.1 (\d+)/g)];
  expect(statuses.map(([, status]) => status)).toEqual(['200', '404']);
});
