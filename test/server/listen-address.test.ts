import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { hostOfListen, isLoopback, parseListenAddress, resolveHost } from '../../src/server/listen-address.ts';

describe('`parseListenAddress()`', () => {
  test.each([
    ['ws://127.0.0.1:7411', { secure: false, host: '127.0.0.1', port: 7411 }],
    ['ws://127.0.0.1:0/', { secure: false, host: '127.0.0.1', port: 0 }],
    ['ws://localhost:80', { secure: false, host: 'localhost', port: 80 }],
    ['wss://[::1]:443', { secure: true, host: '::1', port: 443 }],
    ['wss://Example.COM:7411', { secure: true, host: 'example.com', port: 7411 }],
    ['wss://0.0.0.0:7411', { secure: true, host: '0.0.0.0', port: 7411 }],
  ])('reads %s', (url, expected) => {
    expect(parseListenAddress(url)).toEqual({ type: 'tcp', url, ...expected });
  });

  test.each([
    ['unix:/run/corex/agent.sock', '/run/corex/agent.sock'],
    ['unix:///run/corex/agent.sock', '/run/corex/agent.sock'],
    ['unix:agent.sock', path.resolve('agent.sock')],
    ['unix:/run/with space/ü.sock', '/run/with space/ü.sock'],
  ])('reads %s', (url, expected) => {
    expect(parseListenAddress(url)).toEqual({ type: 'unix', url, path: expected });
  });

  test.each([
    ['', /must be "ws:/],
    ['http://127.0.0.1:7411', /must be "ws:/],
    ['127.0.0.1:7411', /must be "ws:/],
    ['ws://127.0.0.1', /the port is missing; 0 means any free one/],
    ['ws://127.0.0.1:', /the port is missing/],
    ['ws://127.0.0.1:65536', /is no URL/],
    ['ws://:7411', /is no URL/],
    ['ws://user:secret@127.0.0.1:7411', /no user or password/],
    ['ws://127.0.0.1:7411/v1', /nothing may follow the port/],
    ['ws://127.0.0.1:7411?token=x', /nothing may follow the port/],
    ['unix:', /the path is missing/],
    ['unix:/a\0b', /no NUL/],
  ])('refuses %j', (url, message) => {
    expect(() => parseListenAddress(url)).toThrow(message);
  });

  test('takes a unix path of 107 bytes and refuses one of 108, counting bytes', () => {
    const fitting = `/${'a'.repeat(106)}`;
    expect(parseListenAddress(`unix:${fitting}`)).toMatchObject({ path: fitting });
    expect(() => parseListenAddress(`unix:${fitting}a`)).toThrow(/108 bytes long, a unix socket takes at most 107/);
    expect(() => parseListenAddress(`unix:/${'ü'.repeat(54)}`)).toThrow(/109 bytes long/);
  });
});

test.each(['127.0.0.1', '127.255.0.9', '::1', '::ffff:127.0.0.1'])('`isLoopback()` says yes to %s', (ip) => {
  expect(isLoopback(ip)).toBe(true);
});

test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '::ffff:10.0.0.1', 'localhost', ''])(
  '`isLoopback()` says no to %j',
  (ip) => {
    expect(isLoopback(ip)).toBe(false);
  },
);

test('`hostOfListen()` gives the host as it was written', () => {
  expect(hostOfListen('wss://[::1]:1')).toBe('::1');
  expect(hostOfListen('ws://builder.lan:1')).toBe('builder.lan');
  expect(hostOfListen('unix:/x')).toBeUndefined();
});

test('`resolveHost()` passes addresses on and looks names up', async () => {
  const resolve = (host: string) => resolveHost({ type: 'tcp', url: `ws://${host}:1`, secure: false, host, port: 1 });
  expect(await resolve('::1')).toBe('::1');
  expect(isLoopback(await resolve('localhost'))).toBe(true);
});
