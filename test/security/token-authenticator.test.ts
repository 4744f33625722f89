import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { TokenAuthenticator } from '../../src/security/token-authenticator.ts';

const show = (token: string | undefined) => ({ token, certificate: undefined });

test('a token authenticator lets in who shows the token', () => {
  const authenticator = new TokenAuthenticator('the-token');
  expect(authenticator.authenticate(show('the-token'))).toEqual({ name: 'admin', via: 'token' });
});

test.each([undefined, '', 'the-toke', 'the-token ', 'THE-TOKEN', 'the-token\0'])(
  'a token authenticator refuses %j',
  (token) => {
    expect(new TokenAuthenticator('the-token').authenticate(show(token))).toBeUndefined();
  },
);

test('a token authenticator can’t be made with an empty token', () => {
  expect(() => new TokenAuthenticator('')).toThrow(RangeError);
});

test('after `replace()` only the new token is right', () => {
  const authenticator = new TokenAuthenticator('old');
  authenticator.replace('new');
  expect(authenticator.authenticate(show('old'))).toBeUndefined();
  expect(authenticator.authenticate(show('new'))).toBeDefined();
});

test('a token authenticator does not show the token when it is printed', () => {
  const authenticator = new TokenAuthenticator('the-token');
  expect(inspect(authenticator, { showHidden: true, depth: null })).not.toContain('the-token');
});

test('a wrong token takes as long to refuse as a missing one', () => {
  const authenticator = new TokenAuthenticator('t'.repeat(43));
  const wrong = 's'.repeat(43);
  const time = (token: string | undefined): number => {
    const start = performance.now();
    for (let round = 0; round < 2000; round += 1) authenticator.authenticate(show(token));
    return performance.now() - start;
  };
  time(wrong);
  const ratios = Array.from({ length: 15 }, () => time(wrong) / time(undefined)).toSorted((one, other) => one - other);
  expect(ratios[7]).toBeGreaterThan(0.4);
  expect(ratios[7]).toBeLessThan(2.5);
});
