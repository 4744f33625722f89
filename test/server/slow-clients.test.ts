// Clients that open connections and dawdle. SEC-21.
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import { SERVER_TLS } from '../fixtures/certificates/certificates.ts';
import { until } from '../harness/until.ts';
import { http } from './http-client.ts';
import { RawSocket, target, upgradeRequest } from './raw-socket.ts';
import { startFakeServer } from './start-fake-server.ts';

const quick = { headersTimeoutMs: 1000, requestTimeoutMs: 1500, timeoutCheckMs: 250 };

test('500 half-open connections delay nobody and are all closed in time', async () => {
  await using fake = await startFakeServer({ limits: quick });
  await using client = await fake.connect();
  const request = upgradeRequest('/v1', fake.authorization);
  const start = performance.now();
  const slow = Array.from({ length: 500 }, (_, index) => {
    const raw = new RawSocket(target(fake.url));
    // A third says nothing, a third begins a request, a third begins one it has no end of.
    if (index % 3 === 1) raw.write(request.slice(0, 20 + (index % 60)));
    if (index % 3 === 2)
      raw.write(`POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nX-${String(index)}: `);
    return raw;
  });
  await until('all are there', () => fake.server.stats().connections > 500);
  const delays: number[] = [];
  while (fake.server.stats().connections > 1) {
    const asked = performance.now();
    await client.call('core.ping');
    await using fresh = await fake.connect();
    await fresh.call('core.ping');
    delays.push(performance.now() - asked);
    expect(performance.now() - start).toBeLessThan(60_000);
  }
  await Promise.all(slow.map((raw) => raw.closed));
  expect(delays.toSorted((one, other) => one - other)[Math.floor(delays.length / 2)]).toBeLessThan(100);
});

test('a request that drips byte by byte is ended in time, with 408', async () => {
  await using fake = await startFakeServer({ limits: quick });
  await using raw = new RawSocket(target(fake.url));
  const request = upgradeRequest('/v1', { ...fake.authorization, 'x-padding': 'x'.repeat(5000) });
  let at = 0;
  const drip = setInterval(() => raw.socket.writable && raw.write(request[at++] ?? ''), 20);
  try {
    await raw.closed;
  } finally {
    clearInterval(drip);
  }
  expect(raw.responseHead).toMatch(/^HTTP\/1\.1 408/);
  expect(at).toBeLessThan(request.length);
});

test('a TLS handshake that is never finished is ended in time', async () => {
  const listeners = [{ url: 'wss://127.0.0.1:0', tls: SERVER_TLS }, { url: 'ws://127.0.0.1:0' }];
  await using fake = await startFakeServer({ listeners, limits: quick });
  await using silent = new RawSocket(target(fake.url));
  await using halfway = new RawSocket(target(fake.url));
  halfway.write(Buffer.from('160301', 'hex'));
  const { host = '', port = 0 } = target(fake.url) as { host?: string; port?: number };
  const speechless = connectTls({ host, port, rejectUnauthorized: false });
  speechless.on('error', () => undefined);
  await until('all are there', () => fake.server.stats().connections === 3);
  await until('all are gone', () => fake.server.stats().connections === 0);
  await Promise.all([silent.closed, halfway.closed]);
  expect((await http(fake.server.endpoints[1]!, '/healthz')).status).toBe(200);
});

test('a peer that leaves an answer unread is let go', async () => {
  const metrics = `${'x'.repeat(1000)}\n`.repeat(20_000);
  await using fake = await startFakeServer({ limits: quick, metrics: async () => metrics });
  await using raw = new RawSocket(target(fake.url));
  raw.socket.pause();
  raw.write(
    `GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${fake.authorization['Authorization']!}\r\n\r\n`,
  );
  await until('the answer is under way', () => fake.server.stats().connections === 1);
  await until('it is gone', () => fake.server.stats().connections === 0);
});
