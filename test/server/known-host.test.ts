import { expect, test } from 'vitest';
import { hostOf, isKnownHost } from '../../src/server/known-host.ts';

const names = new Set(['builder.lan']);

test.each([
  'localhost',
  'localhost:7411',
  'LOCALHOST:7411',
  'localhost.:7411',
  '127.0.0.1:7411',
  '127.9.9.9',
  '[::1]:7411',
  '10.0.0.5:7411',
  'builder.lan:7411',
  'Builder.LAN',
])('`isKnownHost()` knows %s', (host) => {
  expect(isKnownHost(host, '10.0.0.5', names)).toBe(true);
});

test.each([
  undefined,
  '',
  'evil.example',
  'evil.example:7411',
  'localhost.evil.example',
  'evil.localhost',
  '127.0.0.1.evil.example',
  '10.0.0.6',
  '[2001:db8::1]:7411',
  'localhost@evil.example',
  'localhost/evil.example',
  'localhost evil.example',
  'localhost:port',
  'builder.lan.evil.example',
  '::1',
])('`isKnownHost()` does not know %j', (host) => {
  expect(isKnownHost(host, '10.0.0.5', names)).toBe(false);
});

test('`isKnownHost()` compares an address with the one the connection came to, however it is written', () => {
  expect(isKnownHost('10.0.0.5', '::ffff:10.0.0.5', new Set())).toBe(true);
  expect(isKnownHost('10.0.0.5', undefined, new Set())).toBe(false);
});

test('`hostOf()` takes off the port, brackets and a final dot', () => {
  expect(['a.b:1', '[::1]:1', '[::1]', 'A.'].map((header) => hostOf(header))).toEqual(['a.b', '::1', '::1', 'a']);
});
