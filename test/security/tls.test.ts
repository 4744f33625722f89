import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadTls } from '../../src/security/tls.ts';
import { certificate, certificateFile, SERVER_TLS } from '../fixtures/certificates/certificates.ts';
import { tempDir } from '../harness/temp-dir.ts';

test('`loadTls()` wants TLS 1.2 or newer, and no client certificate unless there is an authority', async () => {
  expect(await loadTls(SERVER_TLS)).toMatchObject({
    minVersion: 'TLSv1.2',
    requestCert: false,
    rejectUnauthorized: false,
    cert: certificate('server.pem'),
  });
  expect(await loadTls({ ...SERVER_TLS, clientCaFile: certificateFile('authority.pem') })).toMatchObject({
    requestCert: true,
    rejectUnauthorized: true,
  });
});

test('`loadTls()` names a file it can’t read', async () => {
  await expect(loadTls({ ...SERVER_TLS, keyFile: '/nowhere/key.pem' })).rejects.toThrow(/"\/nowhere\/key.pem"/);
});

test('`loadTls()` refuses a key of another certificate, and what is no certificate', async () => {
  await using directory = tempDir();
  writeFileSync(directory.at('junk.pem'), 'junk');
  const wrongKey = loadTls({ ...SERVER_TLS, keyFile: certificateFile('client.key') });
  await expect(wrongKey).rejects.toMatchObject({ code: 'bad-arguments' });
  const junk = loadTls({ ...SERVER_TLS, certFile: directory.at('junk.pem') });
  await expect(junk).rejects.toThrow(/Cannot use the certificate/);
});
