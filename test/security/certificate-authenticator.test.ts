import { expect, test } from 'vitest';
import { certificateAuthenticator } from '../../src/security/certificate-authenticator.ts';

test('the certificate authenticator calls its holder by the common name', () => {
  const certificate = { commonName: 'alice', fingerprint: 'AA:BB' };
  expect(certificateAuthenticator.authenticate({ token: undefined, certificate })).toEqual({
    name: 'alice',
    via: 'certificate',
  });
});

test('the certificate authenticator does not care for tokens', () => {
  expect(certificateAuthenticator.authenticate({ token: 'any', certificate: undefined })).toBeUndefined();
});
