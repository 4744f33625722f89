import { copyFileSync, existsSync, statSync } from 'node:fs';

import * as grpc from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { CosiBackend } from '../../src/cosi/cosi-backend.ts';
import { CosiServer } from '../../src/cosi/cosi-server.ts';
import { MemoryBackend } from '../../src/state/memory-backend.ts';
import { newResource } from '../../src/state/resource.ts';
import { State } from '../../src/state/state.ts';
import { certificate, certificateFile, SERVER_TLS } from '../fixtures/certificates/certificates.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { within } from '../harness/within.ts';
import { RawClient } from './raw-client.ts';

const CLIENT_CA = certificateFile('authority.pem');
const TLS = { ...SERVER_TLS, clientCaFile: CLIENT_CA };
const CLIENT_TLS = {
  certFile: certificateFile('client.pem'),
  keyFile: certificateFile('client.key'),
  caFile: certificateFile('authority.pem'),
};
const POINTER = { namespace: 'n', type: 't', id: 'one' };

function emptyState(): State {
  return new State(new MemoryBackend());
}

test('a unix socket is its owner’s alone, and gone at the end', async () => {
  await using directory = tempDir();
  const socket = directory.at('run', 'cosi.sock');
  {
    await using server = await CosiServer.open({ state: emptyState(), listeners: [{ url: `unix:${socket}` }] });
    expect(server.endpoints).toEqual([`unix:${socket}`]);
    expect((statSync(socket).mode & 0o777).toString(8)).toBe('600');
    await expect(
      CosiServer.open({ state: emptyState(), listeners: [{ url: `unix:${socket}` }] }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    expect(existsSync(socket)).toBe(true);
  }
  expect(existsSync(socket)).toBe(false);
});

test('over a network only those with a certificate of the authority get in', async () => {
  await using server = await CosiServer.open({
    state: emptyState(),
    listeners: [{ url: 'tls://127.0.0.1:0', tls: TLS }],
  });
  const [url = ''] = server.endpoints;
  const backend = await CosiBackend.open({ url, tls: CLIENT_TLS });
  await expect(backend.get(POINTER)).rejects.toMatchObject({ code: 'not-found', subject: POINTER });
  await backend.close();
  using without = new RawClient(url, grpc.credentials.createSsl(Buffer.from(certificate('authority.pem'))));
  expect(await without.call('Get', POINTER)).toMatchObject({ status: 'UNAVAILABLE' });
  using plain = new RawClient(url);
  expect(await plain.call('Get', POINTER)).toMatchObject({ status: 'UNAVAILABLE' });
});

test('certificates are read again without an interruption', async () => {
  await using directory = tempDir();
  const files = { ...TLS, certFile: directory.at('cert.pem'), keyFile: directory.at('key.pem') };
  const put = (name: string): void => {
    copyFileSync(certificateFile(`${name}.pem`), files.certFile);
    copyFileSync(certificateFile(`${name}.key`), files.keyFile);
  };
  put('server');
  await using server = await CosiServer.open({
    state: emptyState(),
    listeners: [{ url: 'tls://127.0.0.1:0', tls: files }],
  });
  const [url = ''] = server.endpoints;
  const before = await CosiBackend.open({ url, tls: CLIENT_TLS });
  await before.list(POINTER);
  put('server-renewed');
  await server.reloadCertificates();
  const after = await CosiBackend.open({ url, tls: CLIENT_TLS });
  expect(await before.list(POINTER)).toEqual([]);
  expect(await after.list(POINTER)).toEqual([]);
  await Promise.all([before.close(), after.close()]);
});

test.each([
  ['ws://127.0.0.1:1', /"unix:path" or "tls:\/\/host:port"/],
  ['tls://127.0.0.1', /port is missing/],
  ['tls://127.0.0.1:1/path', /nothing else/],
  ['tls://me@127.0.0.1:1', /nothing else/],
  ['tls://127.0.0.1:0', /needs a certificate/],
  ['unix:', /path is missing/],
  [`unix:/${'x'.repeat(200)}`, /shorter directory/],
])('the address %s is refused', async (url, why) => {
  const opening = CosiServer.open({ state: emptyState(), listeners: [{ url }] });
  await expect(opening).rejects.toMatchObject({ code: 'bad-arguments', message: expect.stringMatching(why) });
});

test('nothing listens when one of several addresses can not be had', async () => {
  await using directory = tempDir();
  const socket = directory.at('run', 'cosi.sock');
  const listeners = [{ url: `unix:${socket}` }, { url: 'tls://127.0.0.1:0' }];
  await expect(CosiServer.open({ state: emptyState(), listeners })).rejects.toMatchObject({ code: 'bad-arguments' });
  expect(existsSync(socket)).toBe(false);
});

test('whoever watches or waits when it closes is told that the server is not there any more', async () => {
  await using directory = tempDir();
  const url = `unix:${directory.at('run', 'cosi.sock')}`;
  const state = emptyState();
  const server = await CosiServer.open({ state, listeners: [{ url }] });
  const backend = await CosiBackend.open({ url });
  await backend.create(newResource({ ...POINTER, spec: {}, finalizers: ['somebody'] }));
  const watch = backend.watch(POINTER);
  await watch.next();
  const event = watch.next();
  const end = backend.teardownAndDestroy(POINTER);
  end.catch(() => undefined);
  await state.watchFor(POINTER, { phases: ['tearing-down'] });
  await event;
  const none = watch.next();
  none.catch(() => undefined);
  await within(20_000, 'the end', server.close());
  await expect(within(20_000, 'the end', end)).rejects.toMatchObject({ code: 'unavailable' });
  await expect(backend.get(POINTER)).rejects.toMatchObject({ code: 'unavailable' });
  await backend.close();
  expect(await within(20_000, 'the end', none)).toEqual({ done: true, value: undefined });
  await expect(backend.get(POINTER)).rejects.toMatchObject({ code: 'closed' });
  expect(await state.list(POINTER)).toHaveLength(1);
  await state.close();
});
