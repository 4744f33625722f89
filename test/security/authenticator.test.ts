import { expect, test } from 'vitest';
import { anyOf } from '../../src/security/authenticator.ts';
import { certificateAuthenticator } from '../../src/security/certificate-authenticator.ts';
import { TokenAuthenticator } from '../../src/security/token-authenticator.ts';

const certificate = { commonName: 'alice', fingerprint: 'AA:BB' };

test('`anyOf()` lets in whom one of them knows, the first that does deciding', () => {
  const both = anyOf([certificateAuthenticator, new TokenAuthenticator('right')]);
  expect(both.authenticate({ token: undefined, certificate })).toEqual({ name: 'alice', via: 'certificate' });
  expect(both.authenticate({ token: 'right', certificate: undefined })).toEqual({ name: 'admin', via: 'token' });
  expect(both.authenticate({ token: 'right', certificate })).toMatchObject({ via: 'certificate' });
});

test('`anyOf()` refuses whom none of them knows', () => {
  const both = anyOf([certificateAuthenticator, new TokenAuthenticator('right')]);
  expect(both.authenticate({ token: 'wrong', certificate: undefined })).toBeUndefined();
  expect(anyOf([]).authenticate({ token: 'right', certificate })).toBeUndefined();
});
