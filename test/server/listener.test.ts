import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { anyOf } from '../../src/security/authenticator.ts';
import { certificateAuthenticator } from '../../src/security/certificate-authenticator.ts';
import { TokenAuthenticator } from '../../src/security/token-authenticator.ts';
import { certificate, certificateFile, SERVER_TLS } from '../fixtures/certificates/certificates.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { within } from '../harness/within.ts';
import { startFakeServer } from './start-fake-server.ts';
import { refusedUpgrade, WireClient } from './wire-client.ts';

const trust = { ca: certificate('authority.pem') };
const alice = { cert: certificate('client.pem'), key: certificate('client.key') };
const mallory = { cert: certificate('other-client.pem'), key: certificate('other-client.key') };

test.each(['ws://0.0.0.0:0', 'ws://[::]:0', 'ws://192.0.2.1:0'])(
  'a listener on %s without TLS is refused, and the reason says what to do (SEC-2)',
  async (url) => {
    await expect(startFakeServer({ listeners: [{ url }] })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(
        /can be reached from other machines and has no TLS. Use "wss:" with a certificate, or listen on 127/,
      ) as unknown,
    });
  },
);

test('a TLS listener without a certificate is refused', async () => {
  await expect(startFakeServer({ listeners: [{ url: 'wss://127.0.0.1:0' }] })).rejects.toThrow(/needs a certificate/);
});

test('several listeners serve one agent, and `endpoints` has their real ports', async () => {
  await using directory = tempDir();
  const socket = `unix:${directory.at('s')}`;
  const listeners = [{ url: 'ws://127.0.0.1:0' }, { url: socket }, { url: 'wss://127.0.0.1:0', tls: SERVER_TLS }];
  await using fake = await startFakeServer({ listeners });
  const [plain = '', unix = '', secure = ''] = fake.server.endpoints;
  expect(plain).toMatch(/^ws:\/\/127\.0\.0\.1:[1-9]\d+$/);
  expect(unix).toBe(socket);
  expect(secure).toMatch(/^wss:\/\/127\.0\.0\.1:[1-9]\d+$/);
  for (const url of fake.server.endpoints) {
    await using client = await WireClient.open(url, { headers: fake.authorization, ...trust });
    expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  }
});

test('a listener on the loopback of IPv6 is known by its address', async () => {
  await using fake = await startFakeServer({ listeners: [{ url: 'ws://[::1]:0' }] });
  expect(fake.url).toMatch(/^ws:\/\/\[::1\]:\d+$/);
  await using client = await fake.connect();
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
});

test('when one listener can’t be opened, none stays open', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  await using directory = tempDir();
  const { port } = taken.address() as AddressInfo;
  const listeners = [{ url: `unix:${directory.at('s')}` }, { url: `ws://127.0.0.1:${String(port)}` }];
  await expect(startFakeServer({ listeners })).rejects.toThrow(/Cannot listen on "ws:.*EADDRINUSE/);
  taken.close();
  // The socket file is gone with its listener, so the path is free again.
  await using fake = await startFakeServer({ listeners: listeners.slice(0, 1) });
  expect(fake.server.endpoints).toHaveLength(1);
});

/** A TLS handshake; rejects when it fails. */
async function handshake(url: string, options: ConnectionOptions): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), ...trust, ...options });
  await within(20_000, 'the handshake', once(socket, 'secureConnect'));
  return socket;
}

test('TLS is 1.2 or newer (SEC-4)', async () => {
  await using fake = await startFakeServer({ listeners: [{ url: 'wss://127.0.0.1:0', tls: SERVER_TLS }] });
  const old = handshake(fake.url, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' });
  await expect(old).rejects.toThrow(/protocol|version|alert/i);
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = await handshake(fake.url, { minVersion: version, maxVersion: version });
    expect(socket.getProtocol()).toBe(version);
    socket.destroy();
  }
});

test('TLS is not renegotiated (WS-14)', async () => {
  await using fake = await startFakeServer({ listeners: [{ url: 'wss://127.0.0.1:0', tls: SERVER_TLS }] });
  const socket = await handshake(fake.url, { maxVersion: 'TLSv1.2' });
  const ended = new Promise<Error | null>((resolve) => {
    socket.on('error', resolve);
    socket.once('close', () => resolve(new Error('closed')));
    socket.renegotiate({}, resolve);
  });
  expect(await within(20_000, 'the renegotiation to fail', ended)).toBeInstanceOf(Error);
  socket.destroy();
  await using client = await WireClient.open(fake.url, { headers: fake.authorization, ...trust });
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
});

test('a TLS listener needs the token, as any TCP one', async () => {
  await using fake = await startFakeServer({ listeners: [{ url: 'wss://127.0.0.1:0', tls: SERVER_TLS }] });
  expect(await refusedUpgrade(fake.url, trust)).toMatchObject({ status: 401 });
});

test('with an authority for clients, a certificate of it is needed, and is an identity (SEC-4)', async () => {
  const tls = { ...SERVER_TLS, clientCaFile: certificateFile('authority.pem') };
  const authenticator = anyOf([certificateAuthenticator, new TokenAuthenticator('unused')]);
  await using fake = await startFakeServer({ listeners: [{ url: 'wss://127.0.0.1:0', tls }], authenticator });
  await using client = await WireClient.open(fake.url, { ...trust, ...alice });
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  expect(fake.server.dropSessions(4011, ({ name, via }) => name === 'alice' && via === 'certificate')).toBe(1);
  for (const who of [{}, mallory]) {
    await using other = new WireClient(fake.url, { ...trust, ...who });
    expect(await within(20_000, 'the refusal', other.closed)).toMatchObject({ code: 1006 });
    expect(other.frames).toEqual([]);
  }
});

test('without an authority for clients a certificate proves nothing', async () => {
  const authenticator = anyOf([certificateAuthenticator, new TokenAuthenticator('unused')]);
  const listeners = [{ url: 'wss://127.0.0.1:0', tls: SERVER_TLS }];
  await using fake = await startFakeServer({ listeners, authenticator });
  expect(await refusedUpgrade(fake.url, { ...trust, ...mallory })).toMatchObject({ status: 401 });
});

test('`reloadCertificates()` serves the new ones to new connections and keeps the old ones alive', async () => {
  await using directory = tempDir();
  const tls = { certFile: directory.at('cert.pem'), keyFile: directory.at('key.pem') };
  copyFileSync(certificateFile('server.pem'), tls.certFile);
  copyFileSync(certificateFile('server.key'), tls.keyFile);
  await using fake = await startFakeServer({
    listeners: [{ url: 'wss://127.0.0.1:0', tls }, { url: 'ws://127.0.0.1:0' }],
  });
  const serial = async (): Promise<string> => {
    const socket = await handshake(fake.url, {});
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };
  await using client = await WireClient.open(fake.url, { headers: fake.authorization, ...trust });
  const before = await serial();

  copyFileSync(certificateFile('server-renewed.key'), tls.keyFile);
  await expect(fake.server.reloadCertificates()).rejects.toThrow(/Cannot use the certificate/);
  expect(await serial()).toBe(before);

  copyFileSync(certificateFile('server-renewed.pem'), tls.certFile);
  await fake.server.reloadCertificates();
  expect(await serial()).not.toBe(before);
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
});

test('sockets on TCP are told to send at once and to notice a dead peer', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  expect(fake.server.stats()).toMatchObject({ connections: 1, sessions: 1 });
});
