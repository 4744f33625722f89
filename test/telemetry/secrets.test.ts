import { describe, expect, test } from 'vitest';
import { Secrets } from '../../src/telemetry/secrets.ts';

const VALUE = 'sörcret/+"value\\.*';

describe('Secrets', () => {
  test('cuts a value out of a text, wherever it stands', () => {
    const secrets = new Secrets();
    secrets.add(VALUE);
    expect(secrets.redact(`a ${VALUE}b${VALUE}`)).toBe('a [redacted]b[redacted]');
  });

  test.each([
    ['JSON', JSON.stringify({ a: VALUE })],
    ['a URL', `https://x/?t=${encodeURIComponent(VALUE)}`],
    ['base64', Buffer.from(VALUE).toString('base64')],
    ['base64 of a larger text', Buffer.from(`user:${VALUE}@`).toString('base64')],
    ['base64 of another larger text', Buffer.from(`ab${VALUE}`).toString('base64')],
    ['base64url', Buffer.from(`a${VALUE}`).toString('base64url')],
  ])('cuts a value out of %s', (_form, text) => {
    const secrets = new Secrets();
    expect(secrets.redact(text)).toBe(text);
    secrets.add(VALUE);
    const clean = secrets.redact(text);
    expect(clean).toContain('[redacted]');
    expect(Buffer.from(clean, 'base64').toString()).not.toContain('cret/+"value');
    expect(decodeURIComponent(clean)).not.toContain('value');
  });

  test('forgets a value that is disposed', () => {
    const secrets = new Secrets();
    const known = secrets.add('a-long-secret');
    secrets.add('another-secret');
    known[Symbol.dispose]();
    expect(secrets.redact('a-long-secret another-secret')).toBe('a-long-secret [redacted]');
  });

  test('leaves short values alone: they stand everywhere', () => {
    const secrets = new Secrets();
    secrets.add('abc');
    secrets.add('');
    expect(secrets.redact('abcdef')).toBe('abcdef');
  });

  test('takes the longer of two values first', () => {
    const secrets = new Secrets();
    secrets.add('password');
    secrets.add('password-and-more');
    expect(secrets.redact('password-and-more')).toBe('[redacted]');
  });

  test.each([
    ['Authorization: Bearer abcdefghijklmnop-_~', 'Authorization: Bearer [redacted]'],
    ['basic dXNlcjpwYXNzd29yZA==', 'basic [redacted]'],
    ['corex.v1, corex.bearer.YWJjZGVm', 'corex.v1, corex.bearer.[redacted]'],
    ['wss://ann:pa55@example.com/v1', 'wss://[redacted]@example.com/v1'],
  ])('knows credentials by their shape: %s', (text, clean) => {
    expect(new Secrets().redact(text)).toBe(clean);
  });

  test.each(['A basic configuration', 'The bearer of this', 'see https://example.com/@ann', 'a@b.example'])(
    'leaves %j as it is',
    (text) => {
      expect(new Secrets().redact(text)).toBe(text);
    },
  );
});
